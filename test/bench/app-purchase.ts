import type { Page } from 'playwright-core';
import { auroIn } from '../web/e2e/auro-double.ts';
import { fundedAccount } from '../web/e2e/bought.ts';
import { openService } from '../web/e2e/customer.ts';
import type { Stage } from '../web/e2e/harness.ts';
import { median, openApp } from './app-page.ts';

export { type Prompt, measurePrompt };

/** From the press on the button that buys until the wallet is asked, with nothing cached. */
interface Prompt {
  /** Milliseconds. */
  readonly median: number;
  readonly longest: number;
  /** When each step of the median visit began, in the page's words. */
  readonly steps: readonly { readonly at: number; readonly what: string }[];
}

/** A wallet that is an extension needs no signer of the page's to connect: it comes with the press. */
async function measurePrompt(stage: Stage, visits: number): Promise<Prompt> {
  const seen: Pressed[] = [];
  for (let i = 0; i < visits; i++) seen.push(await press(stage));
  const waits = seen.map(({ wait }) => wait);
  const middle = median(waits);
  const { steps } = seen.find(({ wait }) => wait === middle)!;
  return { median: middle, longest: Math.max(...waits), steps };
}

interface Pressed {
  readonly wait: number;
  readonly steps: Prompt['steps'];
}

async function press(stage: Stage): Promise<Pressed> {
  const auro = auroIn(await fundedAccount(stage));
  const { page, context } = await openApp(stage, async (made) => {
    await auro.prepare(made);
    await made.addInitScript(watch);
  });
  const held = auro.hold();
  await page.goto(stage.url('path', '/market'));
  await page.getByRole('banner').getByRole('button', { name: 'Connect a wallet' }).click();
  await page.getByRole('button', { name: 'Connect Auro' }).click();
  await page.getByRole('button', { name: 'Wallet, connected' }).waitFor();
  await page.keyboard.press('Escape');
  await openService(page, stage.services.quick);
  await page.getByRole('button', { name: 'Open a tab and buy' }).click();
  const pressed = await answered(page);
  await context.close();
  held.release();
  return pressed;
}

declare const pressed: {
  at: number;
  asked: number;
  readonly steps: { readonly at: number; readonly what: string }[];
};

/** Runs in the page, between the wallet and the page's own scripts. */
function watch(): void {
  const seen: typeof pressed = { at: 0, asked: 0, steps: [] };
  Object.assign(globalThis, { pressed: seen });
  const { mina } = window as unknown as {
    mina: { sendTransaction(args: unknown): Promise<unknown> };
  };
  const ask = mina.sendTransaction.bind(mina);
  mina.sendTransaction = (args) => {
    seen.asked = performance.now();
    return ask(args);
  };
  document.addEventListener(
    'click',
    ({ timeStamp, target }) => {
      if ((target as Element).closest('.purchase button[type=submit]')) seen.at = timeStamp;
    },
    true
  );
  new MutationObserver(() => {
    const what = [...document.querySelectorAll('.purchase__steps li')].at(-1)?.textContent;
    if (what && what !== seen.steps.at(-1)?.what)
      seen.steps.push({ at: performance.now() - seen.at, what });
  }).observe(document, { childList: true, subtree: true, characterData: true });
}

async function answered(page: Page): Promise<Pressed> {
  await page.waitForFunction(() => pressed.asked > 0);
  return page.evaluate(() => ({ wait: pressed.asked - pressed.at, steps: pressed.steps }));
}
