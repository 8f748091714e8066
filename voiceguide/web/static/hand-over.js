// Handing over: exports with their progress, and a code for the phone.

const { clock, element } = globalThis.voiceguide;

export class HandOver {
  /** `send` posts to the studio; `said` are the words. */
  constructor(root, send, said) {
    const find = (selector) => root.querySelector(selector);
    this.progress = find("[data-progress]");
    this.told = find("[data-exported]");
    this.cancelButton = find('[data-do="cancel"]');
    this.starters = root.querySelectorAll("[data-starts]");
    this.format = find("[data-format]");
    this.kind = find("[data-kind]");
    this.phoneBox = find("[data-phone]");
    this.days = find("[data-days]");
    this.send = send;
    this.said = said;
    this.job = null;
  }

  export(draft) {
    return this.run(`drafts/${draft}/export`, { format: this.format.value, kind: this.kind.value });
  }

  /** Begins a job of the studio, and shows how it goes on. */
  async run(path, asked) {
    const answer = await this.send(path, asked);
    if (answer.error) return this.fail(answer.error);
    this.job = answer.job;
    this.busy(true);
    this.told.textContent = this.said.exporting;
    const events = new EventSource(`jobs/${this.job}/events`);
    events.addEventListener("message", (event) => {
      const job = JSON.parse(event.data);
      this.progress.value = job.share;
      if (!["done", "failed", "cancelled"].includes(job.state)) return;
      events.close();
      this.over(job);
    });
    events.addEventListener("error", () => {
      events.close();
      this.fail({ message: this.said.lost, help: "" });
    });
  }

  over(job) {
    if (job.state === "failed") return this.fail(job.error);
    this.busy(false);
    const written = job.files?.length ? this.said.exported.replace("{files}", job.files.join(", ")) : "";
    this.told.textContent = job.state === "done" ? written : this.said.cancelled;
    if (job.days) this.showDays(job.days);
  }

  /** The calendar of a programme: a row for each session. */
  showDays({ sessions, files }) {
    const language = document.documentElement.lang;
    const row = ({ date, time, number }) => {
      const track = files[number - 1];
      const day = new Date(`${date}T12:00`).toLocaleDateString(language, { weekday: "short", day: "numeric", month: "long" });
      const cells = [[day, time].filter(Boolean).join(", "), track.title, clock(track.duration)];
      return element("tr", {}, ...cells.map((text) => element("td", {}, text)));
    };
    this.days.tBodies[0].replaceChildren(...sessions.map(row));
    this.days.hidden = false;
  }

  fail({ message, help }) {
    this.busy(false);
    this.told.textContent = [message, help].filter(Boolean).join(" – ");
  }

  busy(busy) {
    this.progress.hidden = this.cancelButton.hidden = !busy;
    for (const button of this.starters) button.disabled = busy;
  }

  cancel() {
    this.send(`jobs/${this.job}/cancel`, {});
  }

  async phone(draft) {
    const answer = await this.send(`drafts/${draft}/phone`, {});
    if (answer.error) return this.fail(answer.error);
    this.phoneBox.querySelector("[data-code]").src = `phone.svg?${Date.now()}`;
    const link = this.phoneBox.querySelector("[data-address]");
    link.href = link.textContent = answer.address;
    this.phoneBox.hidden = false;
  }
}
