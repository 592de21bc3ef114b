import type { ServiceReading } from '../../../requester/service.ts';
import { shorten } from '../../components/shorten.ts';

export { changesSince };

/**
 * What an owner has done to a service since somebody looked at it. Its descriptor never changes; whom a
 * request is sealed to, who signs and who is paid may.
 *
 * @returns one sentence each; none where nothing matters
 */
function changesSince(seen: ServiceReading, now: ServiceReading): readonly string[] {
  const changes: string[] = [];
  if (now.state.paused && !seen.state.paused)
    changes.push('Its owner has paused it: it takes no new jobs just now.');
  if (now.state.epoch !== seen.state.epoch)
    changes.push(
      `Its keys are of epoch ${now.state.epoch} now, not ${seen.state.epoch}: requests are sealed to other keys.`
    );
  for (const [name, what] of [
    ['runner', 'Receipts are signed'],
    ['payee', 'Payments are received'],
  ] as const)
    if (now.keyset[name] !== seen.keyset[name])
      changes.push(
        `${what} by ${shorten(now.keyset[name], 8, 6)} now, not ${shorten(seen.keyset[name], 8, 6)}.`
      );
  if (now.keyset.log !== seen.keyset.log) changes.push('Its log lies in another repository now.');
  return changes;
}
