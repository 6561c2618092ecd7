"""A libtorrent v2 swarm: SEEDS seeds in one process, a downloader in another; prints `seconds peak_MiB` of the download.

Usage: libtorrent_swarm.py FILE FOLDER RATE...   (one seed for each RATE, bytes a second, 0 = no limit)
"""
import multiprocessing
import os
import resource
import sys
import time

import libtorrent


def make_torrent(path):
    files = libtorrent.file_storage()
    libtorrent.add_files(files, path)
    torrent = libtorrent.create_torrent(files, 1 << 20, libtorrent.create_torrent.v2_only)
    libtorrent.set_piece_hashes(torrent, os.path.dirname(path))
    return libtorrent.torrent_info(libtorrent.bdecode(libtorrent.bencode(torrent.generate())))


def session(host, port):
    return libtorrent.session(
        {
            "listen_interfaces": f"{host}:{port}",
            "enable_dht": False,
            "enable_lsd": False,
            "enable_upnp": False,
            "enable_natpmp": False,
            # uTP yields to whatever else the loopback carries.
            "enable_outgoing_utp": False,
            "enable_incoming_utp": False,
            "allow_multiple_connections_per_ip": True,
            "alert_mask": 0,
        }
    )


def seed(path, rates, ports, ready):
    info = make_torrent(path)
    sessions = []
    for index, (rate, port) in enumerate(zip(rates, ports)):
        one = session(f"127.0.0.{index + 1}", port)
        handle = one.add_torrent({"ti": info, "save_path": os.path.dirname(path), "flags": libtorrent.torrent_flags.seed_mode})
        if rate:
            handle.set_upload_limit(rate)
        sessions.append((one, handle))
    ready.set()
    time.sleep(600)


def download(path, folder, rates, ports):
    info = make_torrent(path)
    one = session("127.0.0.9", 0)
    start = time.monotonic()
    handle = one.add_torrent({"ti": info, "save_path": folder})
    for index, port in enumerate(ports):
        handle.connect_peer((f"127.0.0.{index + 1}", port))
    while not handle.status().is_seeding:
        if time.monotonic() - start > 300:
            sys.exit("the download did not end")
        time.sleep(0.005)
    seconds = time.monotonic() - start
    print(f"{seconds:.4f} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.1f}", flush=True)
    os._exit(0)


if __name__ == "__main__":
    path, folder, rates = sys.argv[1], sys.argv[2], [int(rate) for rate in sys.argv[3:]]
    ports = [28000 + index for index in range(len(rates))]
    ready = multiprocessing.Event()
    seeds = multiprocessing.Process(target=seed, args=(path, rates, ports, ready), daemon=True)
    seeds.start()
    ready.wait()
    os.makedirs(folder, exist_ok=True)
    downloader = multiprocessing.Process(target=download, args=(path, folder, rates, ports))
    downloader.start()
    downloader.join()
    seeds.terminate()
