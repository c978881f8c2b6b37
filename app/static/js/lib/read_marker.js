const WAIT = 500;
const RETRY = 5_000;
const AGAIN = new Set(["unavailable", "rate_limited"]);

/**
 * Up to where its reader has read the room of this page, on all their devices: the server keeps it.
 * What is read here goes to the server a moment later, or when the connection is back.
 */
export class ReadMarker {
  #timer = null;
  #isDue = false;

  /**
   * @param {import("./connection.js").Connection} connection
   * @param {{id: string, last_read_seq: number}} room
   */
  constructor(connection, room) {
    this.connection = connection;
    this.roomId = room.id;
    /** 0 for a room that was never read: then nothing in it counts as new. */
    this.seq = room.last_read_seq ?? 0;
    /** What was marked as unread stays so until its reader says otherwise, or comes another time. */
    this.isHeld = false;
    connection.addEventListener("ready", () => this.#isDue && this.#later());
  }

  /**
   * The reader has seen everything up to there.
   * @param {number} seq
   */
  advance(seq) {
    if (seq > this.seq && !this.isHeld) this.#put(seq);
  }

  /**
   * The reader wants everything behind it to be new again.
   * @param {number} seq
   */
  moveBack(seq) {
    this.isHeld = true;
    this.#put(seq);
  }

  /** The reader has done with what they had marked. */
  release() {
    this.isHeld = false;
  }

  /**
   * It was moved, here or on another device.
   * @param {{room_id: string, seq: number}} read
   */
  moved({ room_id, seq }) {
    if (room_id === this.roomId && !this.#isDue) this.seq = seq;
  }

  #put(seq) {
    this.seq = seq;
    this.#isDue = true;
    this.#later();
  }

  #later(wait = WAIT) {
    this.#timer ??= setTimeout(() => this.#send(), wait);
  }

  async #send() {
    this.#timer = null;
    const { seq } = this;
    try {
      const ack = await this.connection.insist("room:read", { room_id: this.roomId, seq });
      if (AGAIN.has(ack.error?.code)) this.#later(RETRY);
      else if (seq === this.seq) this.#isDue = false;
    } catch {
      // No answer: it is sent again when the connection is back.
    }
  }
}
