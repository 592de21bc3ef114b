import { useParams } from '@solidjs/router';
import { Show } from 'solid-js';
import { ProvideHome } from './provide-home.tsx';
import { ServiceDetail } from './service-detail.tsx';

export default function Provide() {
  const params = useParams<{ service?: string }>();
  return (
    <Show when={params.service} keyed fallback={<ProvideHome />}>
      {(service) => <ServiceDetail service={service} />}
    </Show>
  );
}
