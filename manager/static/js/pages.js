/** The pages of the side bar beside the live ones, and who may see each. */
import { t } from "/static/js/text.js";

import { AlertsPage } from "./alert_list.js";
import { AuditPage } from "./audit.js";
import { DevicesPage } from "./devices.js";
import { ExplorePage } from "./explore.js";
import { ForecastPage } from "./forecast.js";
import { FollowUpsPage } from "./follow_ups.js";
import { OpinionPage } from "./opinion.js";
import { OversightPage } from "./oversight.js";
import { PeoplePage } from "./people.js";
import { PlansPage } from "./plans.js";
import { may, oversees } from "./permissions.js";
import { PolicyPage } from "./policy.js";
import { ReportsPage } from "./reports.js";
import { RosterPage } from "./roster.js";

/** @typedef {import("./rows.js").Snapshot} Snapshot */

/** The side bar's parts, in their order; the live pages stand first in the first. */
export const GROUPS = ["now", "study", "plan", "set_up"];

export const MORE = [
  { name: "alerts", group: "now", icon: "bell", title: () => t("manager.nav.alerts"), needs: "see_office", Page: AlertsPage },
  { name: "explore", group: "study", icon: "chart-column", title: () => t("manager.nav.explore"), needs: "see_figures", Page: ExplorePage },
  { name: "follow-ups", group: "now", icon: "message-square-warning", title: () => t("manager.nav.follow_ups"), needs: "follow_up", Page: FollowUpsPage },
  { name: "satisfaction", group: "study", icon: "smile", title: () => t("manager.nav.opinion"), needs: "see_figures", Page: OpinionPage },
  { name: "forecast", group: "study", icon: "timer", title: () => t("manager.nav.forecast"), needs: "see_figures", Page: ForecastPage },
  { name: "reports", group: "study", icon: "file-text", title: () => t("manager.nav.reports"), needs: "export", Page: ReportsPage },
  { name: "oversight", group: "study", icon: "building-2", title: () => t("manager.nav.oversight"), needs: "see_figures", Page: OversightPage },
  { name: "roster", group: "plan", icon: "calendar-days", title: () => t("manager.nav.roster"), needs: "see_office", Page: RosterPage },
  { name: "policy", group: "plan", icon: "list-checks", title: () => t("manager.nav.policy"), needs: "see_figures", Page: PolicyPage },
  { name: "plans", group: "plan", icon: "flask-conical", title: () => t("manager.nav.plans"), needs: "plan", Page: PlansPage },
  { name: "devices", group: "set_up", icon: "tablet-smartphone", title: () => t("manager.nav.devices"), needs: "see_office", Page: DevicesPage },
  { name: "people", group: "set_up", icon: "user-cog", title: () => t("manager.nav.people"), needs: "manage_people", Page: PeoplePage },
  { name: "audit", group: "set_up", icon: "scroll-text", title: () => t("manager.nav.audit"), needs: "see_audit", Page: AuditPage },
];

/** @param {Snapshot | null} snapshot */
export function pagesOf(snapshot) {
  const isAlone = oversees(snapshot) === 1;
  return MORE.filter((one) => may(snapshot, one.needs) && !(one.name === "oversight" && isAlone));
}
