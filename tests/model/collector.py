"""What the collector does: connect, take in, watch, store, ack, keep the ledger."""

from collections.abc import Iterator

from model.rules import Fault, Rule, Scene
from model.state import EACH, GONE, UNKNOWN, Batches, Book, File, Heartbeat, Network, State, Step, name, same_key


def collector_steps(s: State, scene: Scene) -> Iterator[Step]:
    """Every next step of the collector, and of the database behind it."""
    yield from _connect(s, scene)
    if s.network.connected:
        yield from _take_in(s, scene)
    yield from _watch(s, scene)
    yield from _write(s, scene)
    yield from _persist(s)
    yield from _judge_written(s, scene)
    yield from _ack(s, scene)
    yield from _keep_dead_letters(s, scene)
    if scene.rows:
        yield from _keep_rows(s, scene)
    if scene.ledger:
        yield from _keep_ledger(s, scene)


def _connect(s: State, scene: Scene) -> Iterator[Step]:
    net, state = s.network, s.file.state
    if not net.connected:
        back = net._replace(connected=True)
        if scene.obeys(Rule.PRESENCE_AT_EVERY_CONNECT):
            back = back._replace(presence=state)
        if scene.obeys(Rule.ASSIGNMENT_AT_EVERY_CONNECT):
            back = back._replace(assignment=s.inventory.current)
        yield Step("collector reconnects", 0, "system", s._replace(network=back))
    if net.will_due:
        t = s._replace(network=net._replace(will_due=False, presence=GONE))
        yield Step("broker publishes the will of the collector's former connection", 0, "world", t)
    if net.connected and net.presence == GONE and not net.will_due and scene.obeys(Rule.LATE_WILL_ANSWERED):
        t = s._replace(network=net._replace(presence=state))
        yield Step("collector sees itself announced as gone, announces itself again", 0, "system", t)


def _with_acks(net: Network, file: File, batches: Batches, scene: Scene) -> Network:
    """An ack `stored` on its way, after those that are on their way already."""
    named = net.acks[file.state] | batches
    if batches and not scene.obeys(Rule.ACK_RANGES_OF_ONE_ROUND):
        named = file.stored | batches  # one range, of all that is stored
    acks = (*net.acks[: file.state], named, *net.acks[file.state + 1 :])
    return net._replace(acks=acks, acked=net.acked | (batches if scene.keys and scene.has(Fault.DUPLICATE) else 0))


def _take_in(s: State, scene: Scene) -> Iterator[Step]:
    mem, file, inventory = s.memory, s.file, s.inventory
    for b in EACH[s.network.up]:
        net = s.network._replace(up=s.network.up & ~b, damaged=s.network.damaged & ~b)
        if s.network.damaged & b:
            yield from _take_in_damaged(s, net, b, scene)
            continue
        if b & scene.malformed:
            t = s._replace(network=net, memory=mem._replace(letters=mem.letters | b))
            yield Step("collector gets {}, malformed", b, "system", t)
            continue
        twins = same_key(s, b, file.seen | file.stored | mem.to_watch) & ~b if scene.keys else 0
        stored = file.stored & (b if scene.obeys(Rule.KNOWN_BY_CRC) else b | twins)
        at_once = stored or (file.seen & b and not scene.obeys(Rule.RESEND_ACKED_ONLY_IF_STORED))
        moved = inventory.current == 2 and not inventory.naming_2 & b
        wrong_agent = inventory.late & b or (moved and not scene.obeys(Rule.ANSWERABLE_BY_NAMED_VERSION))
        unknown_version = not file.versions & (2 if inventory.naming_2 & b else 1)
        clashes = twins and not scene.obeys(Rule.OTHER_CRC_IS_NOT_HELD)
        if unknown_version or clashes or (wrong_agent and not stored):
            yield Step("collector holds {}", b, "system", s._replace(network=net))
        elif at_once:
            m = mem._replace(to_write=mem.to_write | b)
            t = s._replace(network=_with_acks(net, file, b, scene), memory=m)
            yield Step("collector gets {}, knows it, acks at once", b, "system", t)
        else:
            skip = 0 if scene.obeys(Rule.KNOWN_IS_WRITTEN_AGAIN) else file.seen
            m = mem._replace(to_watch=mem.to_watch | b & ~file.seen, to_write=mem.to_write | b & ~skip)
            yield Step("collector gets {}", b, "system", s._replace(network=net, memory=m))


def _take_in_damaged(s: State, net: Network, b: Batches, scene: Scene) -> Iterator[Step]:
    acked = 0 if scene.obeys(Rule.DAMAGED_IS_NOT_ACKED) else b
    t = s._replace(network=_with_acks(net, s.file, acked, scene))
    yield Step("collector gets a damaged {}" + (", acks it" if acked else ""), b, "system", t)
    if not scene.obeys(Rule.CRC_COVERS_HEADER):
        for other in EACH[s.history.accepted & ~b]:
            t = s._replace(
                network=_with_acks(net, s.file, other, scene),
                database=s.database._replace(kept_1=s.database.kept_1 | b),
                history=s.history._replace(watched=s.history.watched | b),
            )
            yield Step(f"collector gets {{}} with the seq of {name(other)}, stores and acks it as that", b, "system", t)


def _watch(s: State, scene: Scene) -> Iterator[Step]:
    mem, file, past, net = s.memory, s.file, s.history, s.network
    if mem.to_watch:
        f = file._replace(seen=file.seen | mem.to_watch, outbox=file.outbox | (mem.to_watch if scene.rows else 0))
        m = mem._replace(to_watch=0)
        if scene.obeys(Rule.WATCHER_IS_FULLY_SYNCHRONOUS):
            past = past._replace(watched=past.watched | mem.to_watch)
        else:
            m = m._replace(unsynced=mem.unsynced | mem.to_watch)
        processes = s.processes
        if not scene.obeys(Rule.SEEN_FREES_NOTHING):
            net = _with_acks(net, file, mem.to_watch, scene)
        if not scene.obeys(Rule.SEEN_IS_SENT_AGAIN):
            processes = tuple(p._replace(seen=p.seen | mem.to_watch & p.disk) for p in processes)
        t = s._replace(file=f, memory=m, history=past, network=net, processes=processes)
        yield Step("watcher commits {}: seen", mem.to_watch, "system", t)
    if mem.unsynced:
        past = past._replace(watched=past.watched | mem.unsynced)
        yield Step("SQLite syncs {}", mem.unsynced, "world", s._replace(memory=mem._replace(unsynced=0), history=past))


def _write(s: State, scene: Scene) -> Iterator[Step]:
    mem, db, inventory = s.memory, s.database, s.inventory
    batches = mem.to_write if scene.store_beside_watcher else mem.to_write & s.file.seen
    if batches:
        as_2 = batches & inventory.naming_2
        if inventory.collides:
            as_2 = 0
        elif not scene.obeys(Rule.ENRICHED_BY_NAMED_VERSION):
            as_2 = batches if inventory.current == 2 else 0
        as_1 = batches & ~as_2
        if scene.horizon:
            db = db._replace(fresh_1=db.fresh_1 | as_1 & ~db.kept_1, fresh_2=db.fresh_2 | as_2 & ~db.kept_2)
        else:
            db = db._replace(kept_1=db.kept_1 | as_1, kept_2=db.kept_2 | as_2)
        confirmed = mem.confirmed & ~batches
        if not scene.obeys(Rule.NEW_WRITE_NEW_HORIZON):
            confirmed |= mem.restarted & batches
        late_look = 0 if scene.obeys(Rule.START_TIME_READ_BEFORE_WRITE) else batches
        m = mem._replace(
            to_write=mem.to_write & ~batches,
            written=mem.written | batches,
            restarted=mem.restarted & ~batches,
            start_unread=mem.start_unread | late_look,
            confirmed=confirmed,
        )
        yield Step("store writes {}, database says yes", batches, "system", s._replace(memory=m, database=db))


def _persist(s: State) -> Iterator[Step]:
    db = s.database
    for b in EACH[db.fresh]:
        durable = db._replace(
            fresh_1=db.fresh_1 & ~b,
            fresh_2=db.fresh_2 & ~b,
            kept_1=db.kept_1 | db.fresh_1 & b,
            kept_2=db.kept_2 | db.fresh_2 & b,
        )
        yield Step("database makes {} durable", b, "system", s._replace(database=durable))


def _judge_written(s: State, scene: Scene) -> Iterator[Step]:
    """What becomes of a written batch. Its horizon is over when the database holds it for good, or has forgotten it."""
    mem, file = s.memory, s.file
    for b in EACH[mem.written]:
        settled = mem._replace(written=mem.written & ~b, restarted=mem.restarted & ~b, confirmed=mem.confirmed & ~b)
        confirmed = mem.confirmed & b
        first_counts = confirmed and not scene.obeys(Rule.NEW_WRITE_NEW_HORIZON)
        over = not s.database.fresh & b or first_counts
        if mem.start_unread & b:
            m = mem._replace(start_unread=mem.start_unread & ~b)
            yield Step("store reads the database's start time, after writing {}", b, "system", s._replace(memory=m))
        elif mem.restarted & b and not confirmed and scene.obeys(Rule.IDLE_CONNECTION_CHECKED):
            yield Step("store sees a restart, takes {} back", b, "system", s._replace(memory=settled))
        elif not confirmed and not scene.obeys(Rule.CHECKED_AFTER_HORIZON):
            m = mem._replace(confirmed=mem.confirmed | b)
            yield Step(
                "store sees no restart since it wrote {}, the horizon not yet over", b, "system", s._replace(memory=m)
            )
        elif over and (file.seen & b or not scene.obeys(Rule.STORED_MEANS_SEEN)):
            booked = file.stored | (b if scene.obeys(Rule.BOOKED_BEFORE_ACK) else 0)
            t = s._replace(memory=settled._replace(to_ack=mem.to_ack | b), file=file._replace(stored=booked))
            yield Step("horizon of {} is over, no restart: stored", b, "system", t)


def _ack(s: State, scene: Scene) -> Iterator[Step]:
    mem, file = s.memory, s.file
    if mem.to_ack and s.network.connected:
        later = 0 if scene.obeys(Rule.BOOKED_BEFORE_ACK) else mem.to_ack
        t = s._replace(
            network=_with_acks(s.network, file, mem.to_ack, scene),
            memory=mem._replace(to_ack=0, to_book=mem.to_book | later),
        )
        yield Step("collector acks {}", mem.to_ack, "system", t)
    if mem.to_book:
        t = s._replace(memory=mem._replace(to_book=0), file=file._replace(stored=file.stored | mem.to_book))
        yield Step("collector commits that {} is stored", mem.to_book, "system", t)


def _keep_dead_letters(s: State, scene: Scene) -> Iterator[Step]:
    mem, past = s.memory, s.history
    if mem.letters:
        acked = mem.letters if scene.obeys(Rule.KEY_IN_HEADER) else 0
        synced = mem.letters if scene.obeys(Rule.DEAD_LETTER_FSYNCED_BEFORE_ACK) else 0
        t = s._replace(
            memory=mem._replace(letters=0),
            network=_with_acks(s.network, s.file, acked if s.network.connected else 0, scene),
            history=past._replace(dead_letters=past.dead_letters | synced),
        )
        say = (
            ("fsyncs" if synced else "writes") + " the dead letter {}" + (", acks it" if acked else ", cannot name it")
        )
        yield Step("collector " + say, mem.letters, "system", t)


def _keep_rows(s: State, scene: Scene) -> Iterator[Step]:
    db, file = s.database, s.file
    if new := file.outbox & ~db.fresh_rows & ~db.kept_rows:
        outbox = file.outbox if scene.obeys(Rule.ROW_IN_OUTBOX_PAST_HORIZON) else file.outbox & ~new
        t = s._replace(database=db._replace(fresh_rows=db.fresh_rows | new), file=file._replace(outbox=outbox))
        yield Step("store writes the row derived from {}, database says yes", new, "system", t)
    if db.fresh_rows:
        t = s._replace(database=db._replace(fresh_rows=0, kept_rows=db.kept_rows | db.fresh_rows))
        yield Step("database makes the row derived from {} durable", db.fresh_rows, "system", t)
    if done := file.outbox & db.kept_rows:
        t = s._replace(file=file._replace(outbox=file.outbox & ~done))
        yield Step("the row derived from {} leaves the outbox", done, "system", t)


def _keep_ledger(s: State, scene: Scene) -> Iterator[Step]:
    beat = s.network.heartbeat
    if not beat or not s.network.connected or beat.state == UNKNOWN:
        return
    if beat.state != s.file.state and scene.obeys(Rule.HEARTBEAT_NAMES_STATE):
        return
    file = booked(s.file, beat, scene)
    if file != s.file:
        yield Step("collector takes the heartbeat", 0, "system", s._replace(file=file))


def booked(file: File, beat: Heartbeat, scene: Scene) -> File:
    """The ledger once it has taken a heartbeat. What the first one of a process has freed was settled before."""
    books, who = list(file.books), beat.who
    page = books[who]
    if page:
        dropped = page.dropped | beat.dropped
        books[who] = Book(page.produced | beat.produced, beat.spooled, dropped, page.earlier)
    else:
        opens = scene.obeys(Rule.BOOKS_OPEN_FOR_EACH_PROCESS) or books == [None, None]
        earlier = beat.produced & ~beat.spooled & ~beat.dropped if opens else 0
        books[who] = Book(beat.produced, beat.spooled, beat.dropped, earlier)
    other = books[1 - who]
    if other and not scene.obeys(Rule.SPOOLED_KEPT_BY_PROCESS):
        books[1 - who] = other._replace(spooled=0)
    return file._replace(books=(books[0], books[1]))
