/**
 * Where the manager's page begins.
 */

import { mount } from "/static/js/ui.js";

import { App } from "./app.js";
import { start } from "./store.js";

start();
mount(App, document.getElementById("app"));
