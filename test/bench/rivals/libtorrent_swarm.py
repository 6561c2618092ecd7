"""A libtorrent v2 swarm: SEEDS seeds in one process, a downloader in another; prints `seconds peak_MiB` of the download.

Usage: libtorrent_swarm.py FILE FOLDER RATE...   (one seed for each RATE, bytes a second, 0 = no limit)
       libtorrent_swarm.py FILE FOLDER peers COUNT RATE   (one seed and COUNT downloaders who all know each other;
                                                           prints the seconds until the last one has the file)
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


def fetch_among(path, folder, index, ports, start_at, done):
    """One of several downloaders: it knows the seed and all the others."""
    info = make_torrent(path)
    own = len(ports) - 1 - index
    one = session(f"127.0.0.{own + 1}", ports[own])
    handle = one.add_torrent({"ti": info, "save_path": os.path.join(folder, str(index)), "flags": 0})
    time.sleep(max(0, start_at - time.time()))
    start = time.monotonic()
    handle.resume()
    for other, port in enumerate(ports):
        if other != own:
            handle.connect_peer((f"127.0.0.{other + 1}", port))
    while not handle.status().is_seeding:
        if time.monotonic() - start > 300:
            sys.exit("the download did not end")
        time.sleep(0.005)
    done.put(time.monotonic() - start)
    time.sleep(300)


def swarm(path, folder, count, rate):
    ports = [28100 + index for index in range(count + 1)]
    ready, done = multiprocessing.Event(), multiprocessing.Queue()
    seeds = multiprocessing.Process(target=seed, args=(path, [rate], ports[:1], ready), daemon=True)
    seeds.start()
    ready.wait()
    for index in range(count):
        os.makedirs(os.path.join(folder, str(index)), exist_ok=True)
    start_at = time.time() + 2
    fetchers = [
        multiprocessing.Process(target=fetch_among, args=(path, folder, index, ports, start_at, done), daemon=True)
        for index in range(count)
    ]
    for fetcher in fetchers:
        fetcher.start()
    seconds = max(done.get(timeout=300) for _ in range(count))
    for process in [*fetchers, seeds]:
        process.terminate()
    print(f"{seconds:.4f} 0", flush=True)


if __name__ == "__main__" and sys.argv[3] == "peers":
    swarm(sys.argv[1], sys.argv[2], int(sys.argv[4]), int(sys.argv[5]))
elif __name__ == "__main__":
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
