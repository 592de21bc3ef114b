import { Card } from '../../components/card.tsx';
import { Segments } from '../../components/select.tsx';
import { useApp } from '../../store/app.tsx';
import type { Theme } from '../../store/settings.ts';

export { Appearance };

const THEMES: readonly { readonly value: Theme; readonly label: string }[] = [
  { value: 'system', label: 'System' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
];

function Appearance() {
  const app = useApp();
  return (
    <Card title="Appearance">
      <div class="settings__line">
        <span>Theme</span>
        <Segments
          label="Theme"
          value={app.settings().theme}
          options={THEMES}
          onValue={(theme) => void app.update({ theme })}
        />
      </div>
    </Card>
  );
}
