"""A sandbox bank's calculator in a soak: asks the one engine that the soak keeps running, by a socket.

A `heyue` process for each figure would take most of the machine. Only the standard library is imported: it starts in
a blink.
"""

import json
import socket
import sys


def main() -> int:
    """`soak_calculator.py SOCKET COMMAND -`: the question on standard input, the answer on standard output."""
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(sys.argv[1])
        line.sendall(json.dumps([sys.argv[2], json.load(sys.stdin)]).encode())
        line.shutdown(socket.SHUT_WR)
        with line.makefile("rb") as answer:
            told = json.load(answer)
    print(told["said"], file=sys.stdout if told["status"] == 0 else sys.stderr)
    return int(told["status"])


if __name__ == "__main__":
    sys.exit(main())
