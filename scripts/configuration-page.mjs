// Writes docs/configuration.md from the table of settings. A test fails while the page is stale.
import { mkdirSync, writeFileSync } from 'node:fs';
import { settingsPage } from '../dist/src/config/settings-page.js';

const page = new URL('../docs/configuration.md', import.meta.url);
mkdirSync(new URL('.', page), { recursive: true });
writeFileSync(page, settingsPage());
