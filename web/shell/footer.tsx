import { For, Show } from 'solid-js';
import { BUILD, siteOf } from '../build.ts';
import { Cid, Commit } from '../components/address.tsx';
import { CopyButton } from '../components/copy.tsx';
import { shorten } from '../components/shorten.ts';
import './footer.css';

export { Footer };

/** What this page is, so that anybody can check that it is the one they meant. */
function Footer() {
  const site = siteOf(window.location);
  const dirty = BUILD.commit.endsWith('-dirty');
  return (
    <footer class="footer">
      <div class="footer__inside">
        <p class="footer__claim">
          No server of ours: this page reads the chain, IPFS and git itself.{' '}
          <a href="#/settings">What leaves your browser</a>
        </p>
        <dl class="footer__facts">
          <div>
            <dt>Opened from</dt>
            <dd>
              <Show when={site} fallback="a web server, not IPFS">
                {(cid) => <Cid value={cid()} />}
              </Show>
            </dd>
          </div>
          <div>
            <dt>Source commit</dt>
            <dd>
              <Commit value={BUILD.commit.replace(/-dirty$/, '')} />
              <Show when={dirty}> with changes</Show>
            </dd>
          </div>
          <For each={Object.entries(BUILD.keys)}>
            {([circuit, hash]) => (
              <div>
                <dt>Verification key of {circuit}</dt>
                <dd class="mono">
                  <span title={hash}>{shorten(hash, 8, 6)}</span>
                  <CopyButton text={hash} label={`Copy the hash of ${circuit}`} />
                </dd>
              </div>
            )}
          </For>
        </dl>
      </div>
    </footer>
  );
}
