"""Prints, for each file given, the BitTorrent v2 root and piece layer (1 MiB pieces) that libtorrent makes, as JSON by name."""
import json
import os
import sys

import libtorrent

PIECE_BYTES = 1 << 20


def describe(path):
    files = libtorrent.file_storage()
    libtorrent.add_files(files, path)
    torrent = libtorrent.create_torrent(files, PIECE_BYTES, libtorrent.create_torrent.v2_only)
    libtorrent.set_piece_hashes(torrent, os.path.dirname(path))
    entry = torrent.generate()
    root = entry[b"info"][b"file tree"][os.path.basename(path).encode()][b""][b"pieces root"]
    return {"root": root.hex(), "layer": entry.get(b"piece layers", {}).get(root, b"").hex()}


print(json.dumps({os.path.basename(path): describe(path) for path in sys.argv[1:]}))
