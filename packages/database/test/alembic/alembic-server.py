# Runs Alembic in forks of a process that has loaded it, which is most of what a run of it takes, until its standard input
# ends. It prints its port. A request is a number of words, a working directory, ALEMBIC_URL and the words; an answer is the
# exit code, standard output and standard error. Each ends with a zero byte.
import gc
import os
import select
import signal
import socket
import sys
import traceback

import mako.template
import psycopg2
import sqlalchemy.dialects.postgresql
import sqlalchemy.ext.asyncio
from alembic.config import main


def read(connection):
    text = b""
    while b"\0" not in text or text.count(b"\0") < int(text.partition(b"\0")[0]) + 3:
        text += connection.recv(65536)
    _, directory, url, *words = text.decode().split("\0")[:-1]
    return directory, url, words


def run(directory, url, words):
    outputs = [os.memfd_create(name) for name in ("stdout", "stderr")]
    for number, output in enumerate(outputs, 1):
        os.dup2(output, number)
    os.chdir(directory)
    if url != "":
        os.environ["ALEMBIC_URL"] = url
    sys.argv = ["alembic", *words]
    code = 0
    try:
        main()
    except SystemExit as end:
        code = (end.code or 0) & 255
    except BaseException as error:
        traceback.print_exception(type(error), error, error.__traceback__.tb_next)
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return [str(code).encode(), *(os.pread(output, os.fstat(output).st_size, 0) for output in outputs)]


gc.freeze()
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
while server in select.select([server, sys.stdin], [], [])[0]:
    connection, _ = server.accept()
    if os.fork() == 0:
        connection.sendall(b"".join(part + b"\0" for part in run(*read(connection))))
        os._exit(0)
    connection.close()
