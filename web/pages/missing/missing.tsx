import { LinkButton } from '../../components/button.tsx';
import { Empty } from '../../components/empty.tsx';
import { Page } from '../../components/page.tsx';

export default function Missing() {
  return (
    <Page title="Not found" heading="There is no such page">
      <Empty
        icon="search"
        title="The address leads nowhere"
        actions={
          <>
            <LinkButton variant="primary" href="#/market">
              Go to the market
            </LinkButton>
            <LinkButton href="#/verify">Verify something</LinkButton>
          </>
        }
      >
        It may come from another version of the app: compare the CID at the foot of this page with
        the one you were given.
      </Empty>
    </Page>
  );
}
