/**
 * The shapes of what the manager's page receives. Types only, nothing runs.
 *
 * @typedef {{vi: string, en: string}} Text
 *
 * @typedef {object} QueueRow
 * @property {string} id
 * @property {number} waiting
 * @property {"open"|"closed"|"full"} state
 * @property {string|null} reason
 * @property {string|null} opens_at
 * @property {number} open_counters
 * @property {string[]} [line]
 * @property {string|null} [oldest_at]
 *
 * @typedef {object} CounterRow
 * @property {string} id
 * @property {number} number
 * @property {"closed"|"open"|"paused"} status
 * @property {string[]} queues
 * @property {string|null} officer
 * @property {string|null} since
 * @property {string|null} pause_reason
 * @property {string|null} return_at
 * @property {string|null} ticket
 * @property {{ticket: string, number: string, rule: string}|null} next
 * @property {number} served
 * @property {number|null} service_s
 *
 * @typedef {object} TicketRow
 * @property {string} id
 * @property {string} number
 * @property {string} queue
 * @property {string} service
 * @property {string} status
 * @property {string|null} priority
 * @property {string} arrival_at
 * @property {string} issued_at
 * @property {string|null} called_at
 * @property {string|null} started_at
 * @property {number} calls
 * @property {string|null} counter
 * @property {string} park_reason
 * @property {string} slip
 *
 * @typedef {object} TodayRow
 * @property {number} issued
 * @property {number} waiting
 * @property {number} serving
 * @property {number} served
 * @property {number} no_show
 * @property {number} cancelled
 * @property {number|null} wait_p50_s
 * @property {number|null} wait_p90_s
 * @property {number} wait_n
 * @property {number|null} within_target
 * @property {number} target_minutes
 * @property {{ticket: string, number: string, queue: string, since: string}|null} longest
 * @property {{n: number, satisfied: number, completed: number}} ratings
 * @property {{asked: number, guidance: number}} guidance
 * @property {number} counters_open
 *
 * @typedef {{id: string, hour: number, n: number, p50_s: number|null, p75_s: number|null,
 *   p90_s: number|null}} HourRow
 * @typedef {{id: string, queue: string, hour: number, n: number, p50_s: number|null,
 *   p90_s: number|null}} CellRow
 *
 * @typedef {{id: string, seq: number, text: Text, until: string|null, emergency: boolean}} NoticeRow
 *
 * @typedef {{head: string, body: string, action: string, doubt: string}} AlertWords
 * @typedef {object} AlertRow
 * @property {string} id
 * @property {number} alert
 * @property {string} rule
 * @property {string} subject
 * @property {"red"|"amber"} level
 * @property {number} gravity lower is graver
 * @property {string} since
 * @property {string} raised_at
 * @property {Record<string, any>} figures
 * @property {{vi: AlertWords, en: AlertWords}} text
 * @property {string|null} acknowledged_at
 * @property {string} by
 * @property {string} word
 * @property {string|null} cleared_at
 * @property {string} outcome
 *
 * @typedef {object} Tables
 * @property {Record<string, QueueRow>} [queues]
 * @property {Record<string, CounterRow>} [counters]
 * @property {Record<string, TicketRow>} [tickets]
 * @property {Record<string, TodayRow>} [today]
 * @property {Record<string, HourRow>} [hours]
 * @property {Record<string, CellRow>} [cells]
 * @property {Record<string, NoticeRow>} [notices]
 * @property {Record<string, AlertRow>} [alerts]
 *
 * @typedef {object} Catalogue
 * @property {{id: string, prefix: string, name: Text}[]} queues
 * @property {{code: string, name: Text}[]} [priority_classes]
 * @property {{wait_targets_minutes: number[], day_close?: string}} policy
 * @property {Text[]} [notices]
 * @property {string[]} [speaks]
 *
 * @typedef {{id: string, name: Text, address: string, time_zone: string,
 *   is_demo: boolean}} Branch
 * @typedef {{seq: number, at: string, branch: Branch, catalogue: Catalogue,
 *   tables: Tables}} Snapshot
 *
 * @typedef {object} Figures
 * @property {number} issued
 * @property {number} served
 * @property {number} no_show
 * @property {number} cancelled
 * @property {number} wait_n
 * @property {number|null} wait_p50_s
 * @property {number|null} wait_p75_s
 * @property {number|null} wait_p90_s
 * @property {number|null} within_target
 * @property {number|null} service_mean_s
 * @property {number} sheets_read
 * @property {number} guidance_needed
 * @property {number} ratings_n
 * @property {number} ratings_satisfied
 * @property {{share: number|null, low: number|null, high: number|null}} [shrunk] of officers: drawn towards the mean of all
 * @property {number} completed
 * @property {number|null} no_show_share
 * @property {number|null} occupancy
 * @property {number} open_s
 * @property {number} paused_s
 * @property {number} engaged_s
 *
 * @typedef {{from: string, to: string, by: string, target_minutes: number, total: Figures,
 *   groups: (Figures & {key: string|number})[]}} FiguresAnswer
 *
 * @typedef {Figures & {left: number, unserved: number, voided: number, no_show_share: number|null, within_n: number,
 *   wait_mean_s: number|null, call_n: number, call_p50_s: number|null, call_p90_s: number|null,
 *   wait_total_mean_s: number|null, service_n: number, service_p50_s: number|null,
 *   service_p90_s: number|null, sojourn_mean_s: number|null, occupancy: number|null, recalls: number,
 *   transfers: number, first_visit: number|null}} FullFigures every measure of a group
 * @typedef {{from: string, to: string, by: string, target_minutes: number, error: number, version: number,
 *   total: FullFigures, groups: (FullFigures & {key: string})[]}} FullAnswer
 *
 * @typedef {{ticket: string, number: string, business_date: string, hour: number, queue: string,
 *   service: string, procedure: string, counter: string, channel: string, priority: string, end: string,
 *   outcome: string, wait_s: number|null, service_s: number|null, level: number|null}} Visit
 * @typedef {{total: number, visits: Visit[], next: string|null}} VisitsAnswer
 *
 * @typedef {{seq: number, at: string, type: string, actor: string, payload: Record<string, any>}} StoryEvent
 * @typedef {{ticket: string, number: string, queue: string, events: StoryEvent[], ahead: string[],
 *   overtaken_by: string[], names: import("./audit_words.js").Names}} Story
 */

export {};
