import { render } from 'solid-js/web';
import './design/tokens.css';
import './design/base.css';
import { Root } from './app.tsx';
import { applyTheme, rememberedTheme } from './shell/theme.ts';

applyTheme(rememberedTheme());
render(() => <Root />, document.getElementById('app')!);
