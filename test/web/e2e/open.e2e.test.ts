import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { FIRST_LOAD_GZIP } from '../../../scripts/site/size.ts';
import { FORMS, type Stage, takeStage } from './harness.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await takeStage();
});

describe.each(FORMS)('the site, opened from a gateway in %s form', (form) => {
  it('shows its CID and commit, and asks no other host', async () => {
    const visit = await stage.visit({ form });
    const footer = visit.page.getByRole('contentinfo');
    await footer.getByTitle(stage.site).waitFor();
    expect(await footer.innerText()).toMatch(/[0-9a-f]{10}/);
    // The network that the link named is taken: a reload, or whoever is sent the address, is not asked again.
    await expect.poll(() => visit.page.url()).toMatch(/#\/market$/);
    await visit.close();
  });

  it('opens at a page that a link names, and keeps to it on reload', async () => {
    const visit = await stage.visit({ form, route: '/settings', isAdopting: false });
    const heading = visit.page.getByRole('heading', { level: 1 });
    await expect.poll(() => heading.innerText()).toMatch(/settings/i);
    await visit.page.reload();
    await expect.poll(() => heading.innerText()).toMatch(/settings/i);
    await visit.close();
  });
});

describe('the site', () => {
  it('keeps a panel open while the address loses the network it named, and closes it on the way to another page', async () => {
    const visit = await stage.visit({ isAdopting: false });
    const panel = visit.page.getByRole('heading', { name: 'Wallet', exact: true });
    await visit.page.getByRole('banner').getByRole('button', { name: 'Connect a wallet' }).click();
    await panel.waitFor();
    const leave = (hash: string): Promise<void> =>
      visit.page.evaluate(async (to) => {
        const changed = new Promise((resolve) => window.addEventListener('hashchange', resolve));
        location.replace(to);
        await changed;
        await new Promise((resolve) => requestAnimationFrame(resolve));
      }, hash);
    await leave('#/market?seen');
    expect(await panel.isVisible()).toBe(true);
    await leave('#/jobs');
    await panel.waitFor({ state: 'hidden' });
    await visit.close();
  });

  it(`loads at most ${FIRST_LOAD_GZIP} bytes, gzip, before it can be used, and no o1js`, async () => {
    const visit = await stage.visit({ isAdopting: false, route: '/settings' });
    await visit.page.goto('about:blank');
    const loaded = new Map<string, number>();
    const bodies: Promise<void>[] = [];
    visit.page.on('response', (response) => {
      if (!response.url().includes(`/ipfs/${stage.site}`)) return;
      bodies.push(
        response.body().then((body) => void loaded.set(response.url(), gzipSync(body).length))
      );
    });
    await visit.page.goto(stage.url('path', '/market', false));
    await visit.page.getByRole('contentinfo').waitFor();
    await visit.page.waitForLoadState('networkidle');
    await Promise.all(bodies);
    expect(loaded.size).toBeGreaterThan(2);
    expect([...loaded.keys()].filter((url) => url.includes('o1js'))).toEqual([]);
    const bytes = [...loaded.values()].reduce((sum, size) => sum + size, 0);
    expect(bytes).toBeLessThanOrEqual(FIRST_LOAD_GZIP);
    await visit.close();
  });

  it('runs nothing that is put into the page: the policy of the built file holds', async () => {
    const visit = await stage.visit({ isAdopting: false });
    visit.allow(/Content Security Policy|Refused to/);
    const ran = await visit.page.evaluate(async () => {
      const script = document.createElement('script');
      script.textContent = 'window.intruder = true';
      document.head.append(script);
      const image = document.createElement('img');
      image.setAttribute('onerror', 'window.intruder = true');
      image.src = 'data:image/png;base64,AA==';
      document.body.append(image);
      await new Promise((resolve) => setTimeout(resolve, 200));
      return 'intruder' in window;
    });
    expect(ran).toBe(false);
    expect(visit.problems.join()).toContain('Content Security Policy');
    await visit.close();
  });
});
