"""What bench/restore.sh runs: see there."""
import argparse
import ctypes.util
import os
import resource
import socket
import statistics
import subprocess
import sys
import threading
import time

TICK = os.sysconf('SC_CLK_TCK')
HERE, DIR, AS_SERVER = os.environ['here'], os.environ['dir'], os.environ['server'].split()
PGMEND = HERE + '/pgmend'
TUNED = ['shared_buffers=1GB', 'maintenance_work_mem=512MB', 'max_wal_size=8GB', 'autovacuum=off']
missed = []


class Server:
    """A server with these settings, from initdb to stop."""

    def __init__(self, settings):
        with socket.socket() as free:
            free.bind(('127.0.0.1', 0))
            self.port = free.getsockname()[1]
        self.data = DIR + '/data'
        self.settings = settings
        call(AS_SERVER + ['initdb', '-D', self.data, '-U', 'postgres', '-A', 'trust', '--no-locale', '-E', 'UTF8'])
        options = f'-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='
        options += ''.join(' -c ' + setting for setting in settings)
        call(AS_SERVER + ['pg_ctl', '-D', self.data, '-l', DIR + '/log', '-w', '-o', options, 'start'])
        self.pid = int(open(self.data + '/postmaster.pid').readline())
        self.url = f'postgresql://postgres@127.0.0.1:{self.port}/postgres'

    def sql(self, *texts):
        command = ['psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-d', self.url]
        for text in texts:
            command += ['-c', text]
        return call(command).strip()

    def cpu(self):
        """Seconds of CPU of all its processes, those that are gone included."""
        def ticks(pid, waited):
            fields = open(f'/proc/{pid}/stat').read().rsplit(')', 1)[1].split()
            return int(fields[11]) + int(fields[12]) + (int(fields[13]) + int(fields[14]) if waited else 0)
        total = ticks(self.pid, True)
        for child in open(f'/proc/{self.pid}/task/{self.pid}/children').read().split():
            try:
                total += ticks(child, False)
            except (FileNotFoundError, ProcessLookupError):
                pass
        return total / TICK

    def stop(self):
        call(AS_SERVER + ['pg_ctl', '-D', self.data, '-m', 'fast', 'stop'])
        subprocess.run(['rm', '-rf', self.data])


def call(command, **more):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=DIR, **more)
    if done.returncode:
        sys.exit(f'failed: {" ".join(command)}\n{done.stdout}')
    return done.stdout


class Turn:
    """One run of a command: seconds, CPU of client and server, WAL, the client's memory, and what each phase took."""

    def __init__(self, server, command, setup):
        server.sql(*setup, 'CHECKPOINT')
        lsn, cpu, own = server.sql('SELECT pg_current_wal_lsn()'), server.cpu(), children()
        begun = time.monotonic()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=DIR)
        self.phases, output, last = {}, b'', None
        for line in process.stdout:
            output += line
            if line.endswith(b' ...\n') and not line.startswith(b' '):
                now = (time.monotonic(), server.cpu(), process_cpu(process.pid))
                if last:
                    self.phases[last[0]] = [b - a for a, b in zip(last[1], now)]
                last = (line.split()[-2].decode(), now)  # after the time of day
        if last:
            self.phases[last[0]] = [b - a for a, b in zip(last[1], (time.monotonic(), server.cpu(), last[1][2]))]
        _, status, usage = os.wait4(process.pid, 0)
        self.seconds = time.monotonic() - begun
        if status:
            sys.exit(f'failed: {" ".join(command)}\n{output.decode()}')
        time.sleep(0.3)  # until the server has waited for its processes
        self.output = output.decode()
        self.client = usage.ru_utime + usage.ru_stime
        self.server = server.cpu() - cpu
        self.memory = usage.ru_maxrss // 1024
        self.wal = int(server.sql(f"SELECT pg_current_wal_lsn() - '{lsn}'")) / 1e6


def children():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def process_cpu(pid):
    try:
        fields = open(f'/proc/{pid}/stat').read().rsplit(')', 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK
    except (FileNotFoundError, ProcessLookupError):
        return 0


def median(turns, what):
    return statistics.median(getattr(turn, what) for turn in turns)


ORDERS = '''CREATE TABLE orders (id bigint PRIMARY KEY, customer int NOT NULL REFERENCES customers, status text NOT NULL,
  amount numeric(10,2), placed timestamptz, note text)'''


def fill(server, rows):
    server.sql('CREATE TABLE customers (id int PRIMARY KEY, name text)',
               "INSERT INTO customers SELECT g, 'customer ' || g FROM generate_series(0, 49999) AS g", ORDERS,
               f"""INSERT INTO orders SELECT g, g * 7919 % 50000, (ARRAY['new','paid','sent','done'])[1 + g % 4], g % 10000 / 100.0,
                 timestamptz '2024-01-01 00:00+00' + g * interval '1 minute', md5(g::text) || md5((g * 3)::text)
                 FROM generate_series(1, {rows}::bigint) AS g""",
               'CREATE INDEX orders_customer ON orders (customer)', 'CREATE INDEX orders_placed ON orders (placed)',
               'VACUUM ANALYZE')


def whole(server, rows, turns, jobs, tuned):
    """A lost table comes back: pgmend, pg_restore and the limit take turns."""
    fill(server, rows)
    size = server.sql("SELECT pg_size_pretty(pg_table_size('orders')) || ' and indexes of ' || pg_size_pretty(pg_indexes_size('orders'))")
    print(f'\nPostgreSQL {server.sql("SHOW server_version")}, {" ".join(server.settings) or "default settings"}; {rows} rows, {size}')
    print('pgmend undoes gzip by ' + ('ISA-L' if ctypes.util.find_library('isal') else 'zlib (libisal2 is not installed)'))
    call(['pg_dump', '-Fc', '-d', server.url, '-f', DIR + '/dump'])
    with open(DIR + '/list', 'w') as out:
        out.writelines(line for line in call(['pg_restore', '-l', DIR + '/dump']).splitlines(True)
                       if ' orders' in line and not line.startswith(';'))
    server.sql(f"COPY orders TO '{server.data}/rows'")
    content = 'SELECT count(*), sum(hashtextextended(o::text, 0)), count(*) FILTER (WHERE id IS NULL) FROM orders AS o'
    shape = "SELECT count(*) FROM pg_index WHERE indrelid = 'orders'::regclass AND indisvalid"
    keys = "SELECT count(*) FROM pg_constraint WHERE conrelid = 'orders'::regclass AND convalidated"
    want = server.sql(content, shape, keys)
    restore = [PGMEND, 'restore', 'orders', '--from', DIR + '/dump', '--to', server.url, '--yes']
    if jobs:
        restore += ['--jobs', str(jobs)]
    rival = ['pg_restore', '--exit-on-error', '-L', DIR + '/list', '-d', server.url, DIR + '/dump']
    bare = ORDERS.replace(' PRIMARY KEY', '').replace(' REFERENCES customers', '')
    limit = ['psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', server.url, '-c', bare, '-c', f"COPY orders FROM '{server.data}/rows'",
             '-c', 'ALTER TABLE orders ADD PRIMARY KEY (id)', '-c', 'CREATE INDEX orders_customer ON orders (customer)',
             '-c', 'CREATE INDEX orders_placed ON orders (placed)', '-c', 'ALTER TABLE orders ADD FOREIGN KEY (customer) REFERENCES customers']
    works = {'pgmend, full proof': restore, 'pgmend, --verify counts': restore + ['--verify', 'counts'],
             'pg_restore -j1': rival + ['-j1'], 'pg_restore -j2': rival + ['-j2'], 'limit: COPY FROM file, indexes, key': limit}
    if not tuned:
        del works['pg_restore -j1']
    done = taking_turns(server, works, turns, ['DROP TABLE orders'], lambda: server.sql(content, shape, keys) == want)
    print(f'{turns} turns each, medians')
    table(done)
    rivals = [name for name in works if name.startswith('pg_restore')]
    best = min(rivals, key=lambda name: median(done[name], 'seconds'))
    base = list(works)[-1]
    for name, wanted in (('pgmend, full proof', 1.0 if tuned else 0.85), ('pgmend, --verify counts', 0.85)):
        compared(done, name, best, wanted)
        compared(done, name, base, None)
    phases('pgmend, full proof', done['pgmend, full proof'])
    phases('pgmend, --verify counts', done['pgmend, --verify counts'])


def live(server, rows, turns, jobs):
    """A lost table comes from another database of the same server, and then one of which 1 % of the rows differ."""
    fill(server, rows)
    server.sql('CREATE DATABASE source TEMPLATE postgres')
    source = server.url.removesuffix('postgres') + 'source'
    call(['psql', '-Xq', '-d', source, '-c', 'VACUUM ANALYZE'])
    content = 'SELECT count(*), sum(hashtextextended(o::text, 0)) FROM orders AS o'
    want = server.sql(content)
    restore = [PGMEND, 'restore', 'orders', '--from', source, '--to', server.url, '--yes']
    if jobs:
        restore += ['--jobs', str(jobs)]
    copied = f'pg_dump -t orders -Fc -Z0 -d {source} | pg_restore --exit-on-error -d {server.url}'
    works = {'pgmend, full proof': restore, 'pgmend, --verify counts': restore + ['--verify', 'counts'],
             'pg_dump -Fc -Z0 | pg_restore': ['bash', '-o', 'pipefail', '-c', copied]}
    if subprocess.run(['which', 'pgcopydb'], stdout=subprocess.DEVNULL).returncode == 0:
        with open(DIR + '/filter', 'w') as out:
            out.write('[include-only-table]\npublic.orders\n')
        works['pgcopydb, include-only-table'] = [
            'bash', '-c', f'rm -rf {DIR}/copydb && exec pgcopydb clone --source {source} --target {server.url} --dir {DIR}/copydb --filters {DIR}/filter'
            ' --table-jobs 2 --index-jobs 2 --no-owner --no-acl --skip-large-objects --not-consistent --split-tables-larger-than 100MB']
    print(f'\nlive to live, the same table, {" ".join(server.settings)}; {turns} turns each, medians')
    done = taking_turns(server, works, turns, ['DROP TABLE orders'], lambda: server.sql(content) == want)
    table(done)
    rival = 'pg_dump -Fc -Z0 | pg_restore'
    for name, wanted in (('pgmend, full proof', 1.0), ('pgmend, --verify counts', 0.8)):
        compared(done, name, rival, wanted)
    if 'pgcopydb, include-only-table' in done:
        compared(done, 'pgmend, --verify counts', 'pgcopydb, include-only-table', 0.85)
    phases('pgmend, full proof', done['pgmend, full proof'])
    clean = f'pg_dump -t orders -Fc -Z0 -d {source} | pg_restore --clean -1 --exit-on-error -d {server.url}'
    works = {'pgmend, mend': restore + ['--rows', 'exact'], 'pg_dump | pg_restore --clean -1': ['bash', '-o', 'pipefail', '-c', clean]}
    print(f'live to live, 1 % of the rows differ; {turns} turns each, medians')
    spoil = [f'DELETE FROM orders WHERE id BETWEEN {rows // 2} AND {rows // 2 + rows // 200}',
             f"UPDATE orders SET status = 'gone' WHERE id BETWEEN {rows // 4} AND {rows // 4 + rows // 200}", 'VACUUM orders']
    done = taking_turns(server, works, turns, spoil, lambda: server.sql(content) == want)
    table(done)
    compared(done, 'pgmend, mend', 'pg_dump | pg_restore --clean -1', 0.3)


def taking_turns(server, works, turns, setup, right):
    done = {name: [] for name in works}
    for _ in range(turns):
        for name, command in works.items():
            done[name].append(Turn(server, command, setup))
            if not right():
                sys.exit(f'{name}: the table is not what it was')
            if name.startswith('pgmend'):
                call([PGMEND, 'clean', '--to', server.url])
    return done


def table(done):
    print(f'{"":36} {"seconds":>8} {"CPU client":>11} {"server":>7} {"WAL MB":>7} {"RSS MB":>7}')
    for name, all in done.items():
        print(f'{name:36} {median(all, "seconds"):8.2f} {median(all, "client"):11.2f} {median(all, "server"):7.2f}'
              f' {median(all, "wal"):7.0f} {median(all, "memory"):7.0f}')


def compared(done, one, other, wanted):
    ratio(f'{one} / {other}', median(done[one], 'seconds') / median(done[other], 'seconds'), wanted)


def phases(name, turns):
    print(f'{name}, by phase (medians):\n  {"phase":10} {"seconds":>8} {"CPU client":>11} {"server":>7} {"cores":>6}')
    for phase in turns[0].phases:
        wall, server, client = (statistics.median(turn.phases[phase][i] for turn in turns) for i in range(3))
        print(f'  {phase:10} {wall:8.2f} {client:11.2f} {server:7.2f} {(client + server) / max(wall, 0.001):6.2f}')


def ratio(what, value, wanted):
    bad = wanted is not None and value > wanted
    if bad:
        missed.append(what)
    print(f'  {what:56} {value:6.2f}' + ('' if wanted is None else f'  (wanted {wanted}){"  MISSED" if bad else ""}'), flush=True)


class Prober(threading.Thread):
    """Does a statement over and over; remembers the longest it took."""

    def __init__(self, server, statement):
        super().__init__(daemon=True)
        self.psql = subprocess.Popen(['psql', '-XqAt', '-d', server.url], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                     stderr=subprocess.STDOUT, text=True, bufsize=1)
        self.statement, self.longest, self.when, self.count, self.going, self.failed = statement, 0.0, 0.0, 0, True, ''
        self.start()

    def run(self):
        while self.going:
            begun = time.monotonic()
            self.psql.stdin.write(f'{self.statement.format(self.count % 1000 + 1)};\n\\echo done\n')
            self.psql.stdin.flush()
            while (line := self.psql.stdout.readline().strip()) != 'done':
                if 'ERROR' in line or not line and self.psql.poll() is not None:
                    self.failed = line
                    if not line:
                        return
            took = time.monotonic() - begun
            if took > self.longest:
                self.longest, self.when = took, begun
            self.count += 1
            time.sleep(0.001)

    def end(self):
        self.going = False
        self.join()
        self.psql.stdin.close()
        self.psql.wait()


def probed(server, action):
    """{longest SELECT, longest UPDATE, longest INSERT} while the action runs, in milliseconds"""
    probers = [Prober(server, 'SELECT count(note) FROM orders WHERE id = {}'),
               Prober(server, "UPDATE orders SET status = 'busy' WHERE id = {}")]
    time.sleep(0.2)
    for prober in probers:
        prober.longest = 0
    action()
    for prober in probers:
        prober.end()
    return [prober.longest * 1e3 for prober in probers], [prober.failed for prober in probers]


def blocked(server, sizes, turns, jobs):
    """How long others wait while a table is swapped."""
    print(f'\nlongest wait of a reader / writer while the table is swapped, ms, medians of {turns}; {" ".join(server.settings)}')
    print(f'  {"table":>8} {"nothing runs":>16} {"pgmend --mode swap":>20} {"pg_restore --clean -1":>23} {"cutover by pgmend":>18}')
    for megabytes in sizes:
        server.sql('DROP TABLE IF EXISTS orders, customers')
        fill(server, megabytes * 7600)
        call(['pg_dump', '-Fc', '-d', server.url, '-f', DIR + '/dump'])
        idle, ours, theirs, cutover = [], [], [], []

        def swap():
            command = [PGMEND, 'restore', 'orders', '--from', DIR + '/dump', '--to', server.url, '--yes', '--mode', 'swap', '--rows', 'exact']
            out = call(command + (['--jobs', str(jobs)] if jobs else []))
            cutover.append(float(out.split('cutover: one transaction of ')[1].split(' ')[0]))
        for _ in range(turns):
            idle.append(probed(server, lambda: time.sleep(3))[0])
            ours.append(probed(server, swap)[0])
            call([PGMEND, 'clean', '--to', server.url])
            if megabytes <= 100:
                theirs.append(probed(server, lambda: call(['pg_restore', '--clean', '-1', '-t', 'orders', '-d', server.url, DIR + '/dump']))[0])
                server.sql('ALTER TABLE orders ADD PRIMARY KEY (id)')
        middle = lambda all: [statistics.median(one[i] for one in all) for i in (0, 1)] if all else None
        show = lambda all: '{:.0f} / {:.0f}'.format(*middle(all)) if all else '-'
        print(f'  {megabytes:5} MB {show(idle):>16} {show(ours):>20} {show(theirs):>23} {statistics.median(cutover):18.0f}', flush=True)
        if max(middle(ours)) > 50:
            missed.append(f'blocked for {max(middle(ours)):.0f} ms at {megabytes} MB')


def memory(server, sizes):
    """The most that pgmend occupies, with four connections at work."""
    print(f'\npeak memory (RSS) of pgmend restore --jobs 4')
    for megabytes in sizes:
        server.sql('DROP TABLE IF EXISTS orders, customers')
        fill(server, megabytes * 7600)
        call(['pg_dump', '-Fc', '-d', server.url, '-f', DIR + '/dump'])
        turn = Turn(server, [PGMEND, 'restore', 'orders', '--from', DIR + '/dump', '--to', server.url, '--yes', '--jobs', '4'], ['DROP TABLE orders'])
        call([PGMEND, 'clean', '--to', server.url])
        print(f'  {megabytes:5} MB table {turn.memory:6} MB', flush=True)
        if turn.memory > 400:
            missed.append(f'memory for {megabytes} MB')


def main():
    parser = argparse.ArgumentParser(prog='bench/restore.sh')
    parser.add_argument('--turns', type=int, default=5)
    parser.add_argument('--rows', type=int, default=4000000)
    parser.add_argument('--jobs', type=int)
    parser.add_argument('--sizes', default='10,100,1000', help='MB of the tables that are swapped')
    parser.add_argument('part', nargs='*', choices=['tuned', 'default', 'live', 'blocked', 'memory', []])
    options = parser.parse_args()
    parts = options.part or ['tuned', 'default', 'live', 'blocked', 'memory']
    sizes = [int(size) for size in options.sizes.split(',')]
    for part in parts:
        server = Server([] if part == 'default' else TUNED)
        try:
            if part in ('tuned', 'default'):
                whole(server, options.rows, options.turns, options.jobs, part == 'tuned')
            elif part == 'live':
                live(server, options.rows, options.turns, options.jobs)
            elif part == 'blocked':
                blocked(server, sizes, min(options.turns, 3), options.jobs)
            else:
                memory(server, [size for size in sizes if size >= 100])
        finally:
            server.stop()
    if missed:
        sys.exit('MISSED: ' + '; '.join(missed))


main()
