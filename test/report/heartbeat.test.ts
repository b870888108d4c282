import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Heartbeat } from '../../src/report/heartbeat.ts';

const said: string[] = [];
let heartbeat: Heartbeat;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  said.length = 0;
  heartbeat = new Heartbeat(line => said.push(line));
});
afterEach(() => {
  heartbeat.stop();
  vi.useRealTimers();
});

test('long silent work says every 15 s what it is at', () => {
  heartbeat.sees({ type: 'waiting', text: 'Asking web1, web2…' });
  vi.advanceTimersByTime(31_000);
  heartbeat.sees({ type: 'row', row: 'web1', state: 'start', text: 'starting' });
  heartbeat.sees({ type: 'row', row: 'web2', state: 'progress', text: 'probing' });
  vi.advanceTimersByTime(15_000);
  heartbeat.sees({ type: 'row', row: 'web1', state: 'done', text: 'active' });
  vi.advanceTimersByTime(15_000);
  expect(said).toEqual([
    '  … Asking web1, web2   15.0 s',
    '  … Asking web1, web2   30.0 s',
    '  … web1 starting, web2 probing   45.0 s',
    '  … web2 probing   1 min 0 s',
  ]);
});

test('where something else was said it is silent for as long again', () => {
  vi.advanceTimersByTime(14_000);
  heartbeat.rest();
  vi.advanceTimersByTime(14_000);
  expect(said).toEqual([]);
  vi.advanceTimersByTime(1_000);
  expect(said).toEqual(['  … still at work   29.0 s']);
});
