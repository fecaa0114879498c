/**
 * What the page knows, kept up to date: events say when something changed, and what changed is asked for. Nothing is
 * worked out here that the API tells.
 */
import type { EventView } from '../../control-plane/actions/views.js';
import { call, ApiError, token } from '../api/api.js';
import { followEvents } from '../api/event-stream.js';
import { announcementOf } from '../words.js';
import { watchApplication } from './application.js';
import { watchMeters } from './meters.js';
import { withEntries } from './course.js';
import { EMPTY, type View } from './view.js';
import { lastSeq, withMore } from './story.js';

/** Events come by the thousand in an advance: the page is drawn so often at most (ms). */
const REFRESH_MS = 250;
/** How often the clock is looked at: while it moves, and while it does not. */
const CLOCK_MS = { moving: 250, still: 1_500 };
const PLAN_MS = 1_000;
const RECONNECT_MS = 1_000;
const PAGE = 1_000;
/** Older ones are for the command line. */
const BACKUPS_MAX = 20;
/** A story of years is read no further than this at once; the rest comes with the next event. */
const PAGES_MAX = 20;

export class Live {
  #view: View = EMPTY;
  readonly #listeners = new Set<() => void>();
  readonly #ended = new AbortController();
  #isRefreshing = false;
  #isStale = false;
  #ledgerSeq = 0;
  #ledgerOf = '';
  #planSeenAt = 0;
  #stream = new AbortController();

  get view(): View {
    return this.#view;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  change(part: Partial<View>): void {
    this.#view = { ...this.#view, ...part };
    for (const listener of this.#listeners) listener();
  }

  /** Begins, and begins again after a login or a loss; ends with `end`. */
  start(): void {
    void this.#follow();
    void this.#watchClock();
    void watchApplication(this, this.#ended.signal);
    void watchMeters(this, this.#ended.signal);
  }

  end(): void {
    this.#ended.abort();
    this.#stream.abort();
  }

  logIn(value: string): void {
    token.set(value.trim());
    this.change({ phase: 'connecting', problem: null });
  }

  select(selectedId: string): void {
    this.change({
      selectedId,
      plan: null,
      why: null,
      course: [],
      application: null,
      samples: [],
      meters: null,
      backups: [],
    });
    history.replaceState(null, '', `#${selectedId}`);
    this.refresh();
  }

  /** Something was done by somebody here: what it was, and its problem where it failed. */
  async act(doing: string, work: () => Promise<unknown>): Promise<void> {
    this.change({ doing, problem: null });
    try {
      await work();
    } catch (error) {
      this.change({ problem: error instanceof Error ? error.message : String(error) });
    } finally {
      this.change({ doing: null });
      this.#planSeenAt = 0;
      this.refresh();
    }
  }

  refresh(): void {
    this.#isStale = true;
    if (!this.#isRefreshing) void this.#refreshNow();
  }

  async #follow(): Promise<void> {
    while (!this.#ended.signal.aborted) {
      if (this.#view.phase !== 'login') await this.#followOnce().catch(this.#failed);
      await pause(RECONNECT_MS);
    }
  }

  async #followOnce(): Promise<void> {
    await this.#readAll();
    this.change({ phase: 'live' });
    const after = lastSeq(this.#view.story);
    this.#stream = new AbortController();
    const told = (events: readonly EventView[]): void => {
      for (const event of events) this.#announce(announcementOf(event, this.#nameOf(event)));
      if (events.some(({ type }) => type === 'simulator-reset')) this.#beginAnew();
      else this.refresh();
    };
    await followEvents(after, told, this.#stream.signal);
    if (!this.#stream.signal.aborted) this.change({ phase: 'lost' });
  }

  #nameOf({ instanceId }: { readonly instanceId: string | null }): string {
    return this.#view.instances.find(({ id }) => id === instanceId)?.name ?? instanceId ?? '';
  }

  #announce(announcement: string | null): void {
    if (announcement !== null) this.change({ announcement });
  }

  /** After a reset, or when time was put back, nothing of what was read is so any more. */
  #beginAnew(): void {
    this.change({ story: [], course: [], plan: null, why: null });
    this.#ledgerOf = '';
    this.#stream.abort();
  }

  #failed = (error: unknown): void => {
    const isLogin = error instanceof ApiError && error.isLogin;
    this.change({ phase: isLogin ? 'login' : 'lost' });
  };

  async #refreshNow(): Promise<void> {
    this.#isRefreshing = true;
    while (this.#isStale) {
      this.#isStale = false;
      await this.#readAll().catch(this.#failed);
      await pause(REFRESH_MS);
    }
    this.#isRefreshing = false;
  }

  async #readAll(): Promise<void> {
    const [status, { instances }] = await Promise.all([
      call('GetStatus'),
      call('DescribeInstances', { all: true }),
    ]);
    const known = instances.find(({ id }) => id === this.#view.selectedId);
    const selected = known ?? instances.find(({ url }) => url !== null) ?? instances[0] ?? null;
    this.change({ status, instances, selectedId: selected?.id ?? null });
    this.#showClock(status.clock);
    await Promise.all([
      this.#readStory(),
      ...(selected
        ? [
            this.#readPlan(selected.id),
            this.#readBackups(selected.id),
            this.#readLedger(selected.accountId),
          ]
        : []),
    ]);
  }

  async #readStory(): Promise<void> {
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const after = lastSeq(this.#view.story);
      const { lines, next } = await call('DescribeTimeline', { after, limit: PAGE });
      this.change({ story: withMore(this.#view.story, lines) });
      if (next === null) return;
    }
  }

  /** It takes the simulator some work, so less often than the rest. */
  async #readPlan(id: string): Promise<void> {
    const isNew = this.#view.plan?.instanceId !== id;
    if (!isNew && performance.now() < this.#planSeenAt + PLAN_MS) {
      this.#isStale = true;
      return;
    }
    this.#planSeenAt = performance.now();
    const [plan, { why }] = await Promise.all([
      call('DescribeInstancePlan', { id }),
      call('DescribeInstanceAttribute', { id }),
    ]);
    if (this.#view.selectedId !== id) return;
    this.change({ plan, why: why && { ...why, instanceId: id } });
  }

  async #readBackups(instance: string): Promise<void> {
    const { backups } = await call('DescribeBackups', { instance, last: BACKUPS_MAX });
    if (this.#view.selectedId === instance) this.change({ backups });
  }

  async #readLedger(account: string): Promise<void> {
    if (this.#ledgerOf !== account || this.#view.course.length === 0) {
      this.#ledgerOf = account;
      this.#ledgerSeq = 0;
      this.change({ course: [] });
    }
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const after = this.#ledgerSeq;
      const { entries, next } = await call('ListLedger', { account, after, limit: PAGE });
      if (this.#ledgerOf !== account) return;
      this.#ledgerSeq = entries.at(-1)?.seq ?? after;
      this.change({ course: withEntries(this.#view.course, entries) });
      if (next === null) return;
    }
  }

  async #watchClock(): Promise<void> {
    while (!this.#ended.signal.aborted) {
      const clock = this.#view.phase === 'live' ? await call('GetClock').catch(() => null) : null;
      if (clock) this.#showClock(clock);
      const isMoving = clock !== null && (clock.rate > 0 || clock.state === 'advancing');
      await pause(isMoving ? CLOCK_MS.moving : CLOCK_MS.still);
    }
  }

  #showClock(clock: NonNullable<View['clock']>): void {
    const before = this.#view.clock;
    if (before !== null && clock.now < before.now) this.#beginAnew();
    this.change({ clock, clockSeenAt: performance.now() });
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
