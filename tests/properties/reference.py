"""A reference interpreter of BPMN 2.0 token semantics, written from the standard (OMG formal/2011-01-03, chapters 10 and 13).

Naive on purpose: a process is a tree of scopes with tokens on flows and activities that are active; every possible move is
listed anew before each move, and whether a token can still reach an inclusive join is searched for on the graph every time.
It knows nothing of the engine. Where the standard leaves the order of moves open, `order` chooses it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from operator import itemgetter
from typing import Any

from tests.properties.model import ACTIVITIES, Flow, Graph, Model, Node, Trigger
from tests.properties.state import Active, Data, Failed, Label, Listener, Move, Order, Scope, Token, copied, undecided

MOVES = 400  # a step that makes more moves never comes to rest


class Running:
    """A process instance. `log`: what the last step passed; `ends`: the end events that the process itself has reached."""

    def __init__(self, model: Model, now: datetime) -> None:
        self.model, self.now = model, now
        self.number = 0
        self.log: Counter[Label] = Counter()
        self.sent: Counter[str] = Counter()
        self.signals: Counter[str] = Counter()
        self.ends: list[str] = []
        self.ended = False
        self.moves = 0
        self.root = Scope(model.main, None, None, Data(dict(model.data)), 0)

    def copy(self) -> Running:
        """Return a copy that shares the description only."""
        made = object.__new__(Running)
        vars(made).update(copied({name: value for name, value in vars(self).items() if name != "model"}), model=self.model)
        return made

    # ---------------------------------------------------------------------------------------------- what is running

    def scopes(self) -> list[Scope]:
        """Return every running scope in order of its beginning."""
        found, waiting = [], [self.root]
        while waiting:
            scope = waiting.pop()
            found.append(scope)
            for active in scope.active:
                waiting += [each.inside for each in (active, *active.instances) if each.inside is not None]
        return sorted(found, key=lambda scope: scope.number)

    def actives(self) -> list[Active]:
        return [each for scope in self.scopes() for active in scope.active for each in (active, *active.instances)]

    def listeners(self) -> list[Listener]:
        hosts = [(scope, [each for active in scope.active for each in (active, *active.instances)]) for scope in self.scopes()]
        return [each for scope, actives in hosts for each in (*scope.handlers, *(one for active in actives for one in active.listening))]

    def alive(self, active: Active) -> bool:
        if active.owner is not None:
            return active in active.owner.instances and self.alive(active.owner)
        return active in active.scope.active and self.runs(active.scope)

    def runs(self, scope: Scope) -> bool:
        return scope is self.root if scope.host is None else scope.host.inside is scope and self.alive(scope.host)

    def hears(self, listener: Listener) -> bool:
        if not self.runs(listener.scope):
            return False
        return listener in listener.scope.handlers if listener.host is None else listener in listener.host.listening and self.alive(listener.host)

    def next_number(self) -> int:
        self.number += 1
        return self.number

    # ------------------------------------------------------------------------------------------- what is to be seen

    def openings(self) -> list[tuple[Label, Active | Listener]]:
        """Return what the outside can do something about: (kind, element, …) and the thing itself."""
        found: list[tuple[Label, Active | Listener]] = []
        for active in self.actives():
            if active.ready or active.instances or active.inside is not None or (active.node.repeat and active.owner is None):
                continue
            kind = active.node.kind
            if kind in ("task", "user", "manual"):
                found.append((("task", active.node.id, active.scope.path, active.data.get("loopCounter")), active))
            elif kind in ("service", "rule"):
                found.append((("operation", active.node.id), active))
            elif kind in ("xor", "or"):
                found.append((("choice", active.node.id, active.scope.path, ("",) * len(active.scope.graph.leaving(active.node.id))), active))
        for scope in self.scopes():
            if scope.ad_hoc is not None and scope.host is not None and self.selection(scope):
                found.append((("choice", scope.ad_hoc.id, scope.path[:-1], tuple(self.selection(scope))), scope.host))
        for listener in self.listeners():
            if listener.trigger.kind in ("message", "signal"):
                found.append(((listener.trigger.kind, self.named(listener), listener.trigger.name), listener))
            elif listener.trigger.kind == "timer":
                found.append((("timer", self.named(listener), listener.due), listener))
            elif listener.trigger.kind == "conditional":
                found.append((("condition", self.named(listener)), listener))
        return found

    def weight(self) -> int:
        """Return how many things there are to remember: waiting tokens, active nodes, and events that are listened for."""
        if self.ended:
            return 0
        nodes = [active for active in self.actives() if active.node.kind != "race"]
        listening = [each for each in self.listeners() if each.host is None or each.host.node is not each.node]
        return sum(len(scope.tokens) for scope in self.scopes()) + len(nodes) + len(listening)

    @staticmethod
    def named(listener: Listener) -> str:
        """An event sub-process is known by its start event."""
        inside = listener.node.inside if listener.node.kind == "handler" else None
        return listener.node.id if inside is None else inside.entries()[0].id

    # ------------------------------------------------------------------------------------------------------- moving

    def begin(self, order: Order, entry: str | None = None) -> None:
        """Start the process (13.2): at the start event `entry` when something starts it there."""
        self.start_scope(self.root)
        if entry is not None:
            self.root.tokens = [Token(None, self.model.main.node(entry), self.next_number())]
        self.rest(order)

    def do(self, act: Callable[[Running], None], now: datetime, order: Order) -> None:
        """Carry out one thing from outside, then move until nothing moves by itself."""
        self.now = now
        self.log, self.sent, self.signals, self.moves = Counter(), Counter(), Counter(), 0
        for scope in self.scopes():
            scope.offered.clear()
        act(self)
        self.rest(order)

    def rest(self, order: Order) -> None:
        while not self.ended and (moves := order.sort(self.possible(order))):
            self.moves += 1
            if self.moves > MOVES:
                raise Failed("diverges")
            moves[0][1]()
        if self.ended:
            return
        if not self.openings():
            raise Failed("stuck")

    def possible(self, order: Order) -> list[Move]:
        """List every move that the standard allows now, each with its place in the customary order."""
        found: list[Move] = []
        for scope in self.scopes():
            joined: set[str] = set()
            for token in scope.tokens:
                kind = token.node.kind
                if kind in ("and", "or") and len(scope.graph.arriving(token.node.id)) > 1:
                    if token.node.id in joined:
                        continue
                    joined.add(token.node.id)
                    taken = self.both(scope, token.node) if kind == "and" else self.inclusive(scope, token.node)
                    if taken:
                        rank = (0, token.number, 0) if kind == "and" else (3, scope.number, token.number)
                        found.append((rank, partial(self.join, scope, token.node, taken)))
                else:
                    found.append(((0, token.number, 0), partial(self.arrive, scope, token)))
        found += [((1, active.number, 0), partial(self.run, active)) for active in self.actives() if active.ready]
        if not found:
            found += [((4, scope.number, 0), move) for scope in self.scopes() if scope.ad_hoc is not None for move in self.settle(scope)[:1]]
        if order.eager or not found:
            found += [((-1, each.number, 0), partial(self.fire, each)) for each in self.fulfilled()]
        return found

    def fulfilled(self) -> Iterator[Listener]:
        """Yield the conditional events whose condition has become true (10.5.5)."""
        for each in self.listeners():
            if each.trigger.kind == "conditional" and each.trigger.test is not None:
                before, each.held = each.held, each.trigger.test.holds(each.data.get(each.trigger.test.name))
                if each.held and not before:
                    each.held = False  # until it is acted upon
                    yield each

    # ------------------------------------------------------------------------------------------- joins (13.4.1, 13.4.3)

    def both(self, scope: Scope, node: Node) -> list[Token]:
        """Parallel join: one token from each incoming flow; when one of them has none, it is not activated (13.4.1)."""
        first: dict[str, Token] = {}
        for token in scope.tokens:
            if token.node is node and token.flow is not None:
                first.setdefault(token.flow.id, token)
        return list(first.values()) if len(first) == len(scope.graph.arriving(node.id)) else []

    def inclusive(self, scope: Scope, node: Node) -> list[Token]:
        """Inclusive join (13.4.3): one token of each flow that has any, unless one can still come by an empty flow.

        It waits for a token elsewhere from which a path leads to an empty incoming flow without visiting the gateway, while no
        such path leads to an incoming flow that has a token. A boundary event is a way out of its activity, but one that may never be gone.
        """
        first: dict[str, Token] = {}
        for token in scope.tokens:
            if token.node is node and token.flow is not None:
                first.setdefault(token.flow.id, token)
        elsewhere = [token.node for token in scope.tokens if token.node is not node] + [active.node for active in scope.active if active.node is not node]
        for place in elsewhere:
            for borders in (True, False):  # what only a boundary event can bring is no reason to go on
                ways = self.ways(scope.graph, place, node, borders=borders)
                if ways and not ways & first.keys():
                    return []
        return list(first.values())

    @staticmethod
    def ways(graph: Graph, place: Node, join: Node, *, borders: bool) -> set[str]:
        """Return the incoming flows of `join` that are reached from `place` without visiting `join`."""
        found, seen, waiting = set(), set(), [place.id]
        while waiting:
            name = waiting.pop()
            if name in seen or name == join.id:
                continue
            seen.add(name)
            for flow in graph.leaving(name):
                if flow.target == join.id:
                    found.add(flow.id)
                waiting.append(flow.target)
            waiting += [node.id for node in graph.boundary(name)] if borders else []
        return found

    def join(self, scope: Scope, node: Node, taken: list[Token]) -> None:
        for token in taken:
            scope.tokens.remove(token)
        active = Active(node, scope, scope.data, self.next_number())
        scope.active.append(active)
        self.open(active)

    # -------------------------------------------------------------------------------- arriving (13.3.2, 13.4.2, 13.5.2)

    def arrive(self, scope: Scope, token: Token) -> None:
        """Every token that arrives makes the node active anew: flows into an activity are not synchronised (13.3.2)."""
        scope.tokens.remove(token)
        node = token.node
        active = Active(node, scope, scope.data, self.next_number())
        scope.active.append(active)
        if node.kind in ACTIVITIES:
            active.listening = [self.listen(each, scope, scope.data, active) for each in scope.graph.boundary(node.id)]
        if not node.repeat:
            self.open(active)

    def open(self, active: Active) -> None:
        """Let what waits for the outside wait."""
        node = active.node
        if node.kind in ("task", "user", "manual") or (node.kind in ("xor", "or") and undecided(active.scope.graph, node)):
            active.ready = False
        elif node.kind in ("catch", "receive") and node.trigger is not None and node.trigger.kind != "link":
            active.ready = False
            active.listening.append(self.listen(node, active.scope, active.data, active))

    def listen(self, node: Node, scope: Scope, data: Data, host: Active | None) -> Listener:
        assert node.trigger is not None
        made = Listener(node, node.trigger, scope, data, host, number=self.next_number())
        if node.trigger.kind == "timer":
            made.begun = self.now
            self.next_time(made)
        return made

    def next_time(self, listener: Listener) -> bool:
        """Set the moment of a timer: of a cycle (R3/P1D) the next one that lies ahead (10.5.5). Return whether there is one."""
        repeats, _, duration = listener.trigger.name.rpartition("/")
        times = 1 if not repeats else int(repeats[1:] or 10**6)
        due = listener.due
        while due is None or due <= self.now or due == listener.due:
            listener.occurrence += 1
            if listener.occurrence > times:
                return False
            due = (listener.begun or self.now) + listener.occurrence * timedelta(days=int(duration[1:-1]))
        listener.due = due
        return True

    # -------------------------------------------------------------------------------------------------------- running

    def run(self, active: Active) -> None:
        """Do what a node does by itself."""
        node, scope = active.node, active.scope
        if node.repeat and active.owner is None:
            self.repeat(active)
            return
        if node.kind in ("service", "rule"):
            active.ready = False
            return
        if node.inside is not None or node.called:
            self.enter(active)
            return
        if node.kind == "race":
            active.ready = False
            active.listening = [self.listen(scope.graph.node(flow.target), scope, scope.data, active) for flow in scope.graph.leaving(node.id)]
            return
        if node.script:
            active.data.put(node.script.name, (active.data.get(node.script.source) + node.script.plus) % 3)
        if node.kind in ("throw", "send", "end") and node.trigger is not None:
            self.throw(active, node.trigger)
        elif self.alive(active):
            self.leave(active)

    def enter(self, active: Active) -> None:
        """Start what is inside (13.3.4)."""
        graph = self.model.called[active.node.called] if active.node.called else active.node.inside
        assert graph is not None
        if not graph.entries():
            self.leave(active)
            return
        active.ready = False
        active.inside = Scope(graph, active, active.scope, active.data, self.next_number())
        self.start_scope(active.inside)

    def start_scope(self, scope: Scope) -> None:
        scope.handlers = [self.listen(node, scope, scope.data, None) for node in scope.graph.handlers()]
        if scope.ad_hoc is not None:
            scope.enabled = [node.id for node in scope.graph.entries()]
            return
        scope.tokens += [Token(None, node, self.next_number()) for node in scope.graph.entries()]

    def leave(self, active: Active, flows: list[Flow] | None = None) -> None:
        """Leave a node: it is passed, and tokens go on."""
        scope = active.scope
        if not (active.node.repeat and active.owner is None and active.made):
            self.passed(active.node, scope)
        if active.owner is not None:
            self.one_done(active.owner, active)
            return
        onward = self.onward(active) if flows is None else flows
        scope.active.remove(active)
        self.send_on(scope, active.node, onward)

    def passed(self, node: Node, scope: Scope) -> None:
        self.log[node.id, scope.path] += 1
        if scope is self.root and node.kind == "end":
            self.ends.append(node.id)

    def send_on(self, scope: Scope, last: Node, flows: list[Flow]) -> None:
        scope.tokens += [Token(flow, scope.graph.node(flow.target), self.next_number()) for flow in ([] if scope.closing else flows)]
        if scope.ad_hoc is not None:
            if last.kind in ACTIVITIES:
                self.one_of_ad_hoc(scope, scope.ad_hoc)
        else:
            self.complete_if_empty(scope, last)

    def complete_if_empty(self, scope: Scope, last: Node) -> None:
        """A scope is complete when no token is left in it and nothing in it is active (13.3.4, 13.5.4)."""
        if scope.tokens or scope.active:
            return
        scope.handlers = []
        if scope.host is None:
            self.ended = True
            self.ends = self.ends or [last.id]  # a path may end without an end event (10.2.2)
        else:
            scope.host.inside = None
            self.leave(scope.host)

    def onward(self, active: Active) -> list[Flow]:
        """Return the flows that get a token (13.3.2 for activities, 13.4 for gateways)."""
        node, flows = active.node, active.scope.graph.leaving(active.node.id)
        if node.kind == "end":
            return []
        if node.kind in ("and", "start", "catch", "throw", "boundary", "handler") or not flows:
            return flows
        true = [flow for flow in flows if not flow.default and (flow.test is None or flow.test.holds(active.data.get(flow.test.name)))]
        if node.kind == "xor":
            true = [flow for flow in true if flow.test is not None or len(flows) == 1][:1] or [flow for flow in true if flow.test is None]
        chosen = true or [flow for flow in flows if flow.default]
        if not chosen:
            raise Failed("no way", node.id)  # 13.4.2, 13.4.3: an exception, when there is no default
        return chosen

    # ------------------------------------------------------------------------------- throwing (10.5.1, 13.5.3, 13.5.5)

    def throw(self, active: Active, trigger: Trigger) -> None:
        """Throw, and go on if the token is still there then: who hears it may end it."""
        scope = active.scope
        if trigger.kind == "message":
            self.sent[active.node.id] += 1
        elif trigger.kind == "terminate":  # 13.5.6: everything else in the same process or sub-process ends at once
            scope.tokens, scope.active, scope.handlers = [], [active], []
        elif trigger.kind != "link":
            self.passed(active.node, scope)
            self.proclaim(active, trigger)
            if self.alive(active) and not self.ended:
                self.go_on(active)
            return
        self.leave(active)

    def go_on(self, active: Active) -> None:
        onward = self.onward(active)
        active.scope.active.remove(active)
        self.send_on(active.scope, active.node, onward)

    def proclaim(self, active: Active, trigger: Trigger) -> None:
        if trigger.kind == "signal":  # a broadcast: whoever waits at that moment hears it (10.5.1)
            self.signals[trigger.name] += 1
            for listener in [each for each in self.listeners() if each.trigger.kind == "signal" and each.trigger.name == trigger.name]:
                if self.hears(listener):
                    self.fire(listener)
            return
        catcher = self.catcher(active.scope, trigger)
        if catcher is not None:
            self.fire(catcher)
        elif trigger.kind == "error":  # nobody catches it: the process ends there
            self.root.tokens, self.root.active, self.root.handlers, self.ended = [], [], [], True
            if active.node.id not in self.ends:
                self.ends.append(active.node.id)

    def catcher(self, scope: Scope | None, trigger: Trigger) -> Listener | None:
        """Return what catches an error, an escalation or a cancellation: the nearest going outward (10.5.1)."""
        while scope is not None:
            host = scope.host
            while host is not None and host.owner is not None:
                host = host.owner
            around = host.listening if host is not None else []
            for each in (*scope.handlers, *around):
                if each.trigger.kind == trigger.kind and each.trigger.name in ("", trigger.name):
                    return each
            scope = scope.parent
        return None

    # ------------------------------------------------------------------------------------- catching (13.4.4, 13.5.2-4)

    def fire(self, listener: Listener) -> None:
        """What is waited for has happened."""
        listener.held = True
        host, scope, node = listener.host, listener.scope, listener.node
        if node.kind == "handler":
            self.handle(listener)
        elif node.kind == "boundary":
            assert host is not None
            if listener.node.interrupting:
                scope.active.remove(host)  # with everything inside it
            elif listener.trigger.kind == "timer" and not self.next_time(listener):
                host.listening.remove(listener)
            self.occur(node, scope)
        elif host is not None and host.node.kind == "race":  # 13.4.4: the first event decides, the others fall silent
            self.passed(host.node, scope)
            scope.active.remove(host)
            self.occur(node, scope)
        elif host is not None:
            host.listening, host.ready = [], True

    def occur(self, node: Node, scope: Scope) -> None:
        """An event has happened; its token leaves it when its turn comes."""
        scope.active.append(Active(node, scope, scope.data, self.next_number()))

    def handle(self, listener: Listener) -> None:
        """Start an event sub-process; an interrupting one first ends everything else in the scope around it (13.5.4)."""
        scope = listener.scope
        if listener.node.interrupting:
            scope.tokens, scope.active, scope.handlers = [], [], []
        elif listener.trigger.kind == "timer" and not self.next_time(listener):
            scope.handlers.remove(listener)
        scope.active.append(Active(listener.node, scope, scope.data, self.next_number()))

    # --------------------------------------------------------------------------------------- ad-hoc sub-processes (13.3.5)

    def one_of_ad_hoc(self, scope: Scope, node: Node) -> None:
        """An activity has ended: the completion condition is looked at; while it does not hold, everything may be begun again."""
        if node.until is None or scope.closing:
            return
        if not node.until.holds(scope.data.get(node.until.name)):
            scope.enabled = [each.id for each in scope.graph.entries()]
            return
        scope.closing, scope.tokens, scope.enabled = True, [], []
        stays = not node.sequential and not node.cancel_rest
        scope.active = [each for each in scope.active if stays and each.node.kind in ACTIVITIES and not self.offered(each)]

    @staticmethod
    def offered(active: Active) -> bool:
        """A person who takes up work has chosen it: until it is done it is only offered (a convention of this project)."""
        return active.node.kind in ("task", "user", "manual") and not active.done

    def selection(self, scope: Scope) -> list[str]:
        """Return what a person may begin that no person does."""
        busy = scope.ad_hoc is not None and scope.ad_hoc.sequential and not all(map(self.offered, scope.active))
        apart = ("task", "user", "manual")
        return [] if busy or scope.closing else [each.id for each in scope.graph.entries() if each.id in scope.enabled and each.kind not in apart]

    def settle(self, scope: Scope) -> list[Callable[[], None]]:
        """List what an ad-hoc sub-process does when nothing moves: offer work, withdraw it while another is done, or end."""
        node, running = scope.ad_hoc, [each for each in scope.active if not self.offered(each)]
        assert node is not None
        if node.sequential and running:
            return [partial(self.withdraw, scope, each) for each in scope.active if self.offered(each)]
        selection = self.selection(scope)
        if not scope.closing:
            absent = [name for name in scope.enabled if name not in selection and name not in scope.offered]
            absent = [name for name in absent if not any(each.node.id == name for each in scope.active)]
            if absent:
                return [partial(self.offer, scope, absent[0])]
        if not scope.active and not scope.tokens and not selection:
            over = node.until is None or scope.closing
            return [partial(self.end_ad_hoc, scope) if over else partial(self.one_of_ad_hoc, scope, node)]
        return []

    def withdraw(self, scope: Scope, active: Active) -> None:
        scope.active.remove(active)
        scope.enabled.append(active.node.id)
        scope.offered.discard(active.node.id)

    def offer(self, scope: Scope, name: str) -> None:
        scope.offered.add(name)
        self.begin_one(scope, name)

    def begin_one(self, scope: Scope, name: str) -> None:
        if scope.ad_hoc is not None and (scope.ad_hoc.until is None or scope.graph.node(name).kind in ("task", "user", "manual")):
            scope.enabled.remove(name)
        scope.tokens.append(Token(None, scope.graph.node(name), self.next_number()))

    def end_ad_hoc(self, scope: Scope) -> None:
        assert scope.host is not None
        scope.host.inside = None
        self.leave(scope.host)

    # ----------------------------------------------------------------------------------------- repeating (13.3.6, 13.3.7)

    def repeat(self, active: Active) -> None:
        repeat = active.node.repeat
        assert repeat is not None
        active.ready = False
        if not repeat.loop:
            times = active.data.get(repeat.times) if isinstance(repeat.times, str) else repeat.times
            active.items = list(times) if isinstance(times, list) else list(range(1, times + 1))
        for _ in range(1 if repeat.loop or repeat.sequential else len(active.items)):
            self.another(active)
        if not active.instances:
            self.all_done(active)

    def all_done(self, active: Active) -> None:
        """The results are put in place in the order of the instances (10.2.8)."""
        if active.node.repeat is not None and active.node.repeat.collects:
            active.data.put("results", [result for _, result in sorted(active.results, key=itemgetter(0))])
        self.leave(active)

    def another(self, active: Active) -> None:
        """Make the next instance, when there is one."""
        repeat = active.node.repeat
        assert repeat is not None
        if repeat.loop:
            spent = repeat.maximum is not None and active.made >= repeat.maximum
            asked = repeat.test is not None and (active.made > 0 or repeat.before)
            if spent or (asked and repeat.test is not None and not repeat.test.holds(active.data.get(repeat.test.name))):
                return
            given: dict[str, Any] = {"loopCounter": active.made + 1}
        elif active.made >= len(active.items):
            return
        else:
            given = {"loopCounter": active.made + 1, "item": active.items[active.made]} | ({"r": None} if repeat.collects else {})
        active.made += 1
        inner = Active(active.node, active.scope, Data(given, active.data), self.next_number(), owner=active)
        active.instances.append(inner)
        self.open(inner)

    def one_done(self, active: Active, inner: Active) -> None:
        """An instance has ended: the completion condition may end the others; else the next one begins (13.3.7)."""
        repeat = active.node.repeat
        assert repeat is not None
        active.instances.remove(inner)
        active.done += 1
        if repeat.collects:
            active.results.append((inner.data.local["loopCounter"], inner.data.local["r"]))
        if repeat.until is not None and active.done >= repeat.until:
            active.instances = []
        elif repeat.loop or repeat.sequential:
            self.another(active)
        if not active.instances:
            self.all_done(active)

    # ---------------------------------------------------------------------------------------------- acting from outside

    def complete(self, active: Active, data: dict[str, Any]) -> None:
        for name, value in data.items():
            active.data.put(name, value)
        self.leave(active)

    def fail(self, active: Active, data: dict[str, Any], code: str) -> None:
        """The work of an activity has failed: what is at its border or around it catches the error (10.5.1)."""
        for name, value in data.items():
            active.data.put(name, value)
        while active.owner is not None:
            active = active.owner
        at_border = (each for each in active.listening if each.trigger.kind == "error" and each.trigger.name in ("", code))
        catcher = next(at_border, None) or self.catcher(active.scope, Trigger(kind="error", name=code))
        if catcher is None:
            raise Failed("nobody")
        self.fire(catcher)

    def choose(self, active: Active, flow: str) -> None:
        if active.inside is not None:
            self.begin_one(active.inside, flow)
            return
        active.ready = True
        self.leave(active, [each for each in active.scope.graph.leaving(active.node.id) if each.id == flow])

    def hear(self, listener: Listener, data: dict[str, Any]) -> None:
        for name, value in data.items():
            listener.data.put(name, value)
        self.fire(listener)
