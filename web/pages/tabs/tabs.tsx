import { useParams } from '@solidjs/router';
import { Show } from 'solid-js';
import { TabDetail } from './tab-detail.tsx';
import { TabList } from './tab-list.tsx';

export default function Tabs() {
  const params = useParams<{ tab?: string }>();
  return (
    <Show when={params.tab} keyed fallback={<TabList />}>
      {(tab) => <TabDetail tab={tab} />}
    </Show>
  );
}
