import { Button } from '../components/button.tsx';
import { Notice } from '../components/notice.tsx';
import { Words } from '../components/words.tsx';
import { sentenceOf } from '../components/sentence.ts';

export { Broken };

/** A page that could not be drawn: most often its part of the program did not come. */
const Broken = (props: { readonly error: unknown; readonly onRetry: () => void }) => (
  <div class="page">
    <Notice
      tone="bad"
      title="This page could not be shown"
      actions={
        <>
          <Button icon="refresh" onClick={() => props.onRetry()}>
            Try again
          </Button>
          <Button variant="quiet" onClick={() => window.location.reload()}>
            Reload everything
          </Button>
        </>
      }
    >
      <p>
        {isMissingChunk(props.error)
          ? 'The gateway did not deliver a part of the app. Try again, or open the same CID from another gateway.'
          : 'Nothing that you own is lost: keys and jobs are kept in this browser.'}
      </p>
      <p class="faint small">
        <Words text={sentenceOf(props.error)} />
      </p>
    </Notice>
  </div>
);

const isMissingChunk = (error: unknown): boolean =>
  error instanceof TypeError && /module|import|fetch/i.test(error.message);
