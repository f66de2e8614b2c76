import { disposeLauncher } from './workbench.js';

after(disposeLauncher);
