// What the modules hand each other, for tsc (see tests/lint-js); no browser ever loads this file.

/** The modules that are loaded when they are first used, by their path in static/js. */
export interface LazyModules {
  "attachments/attachment_tray.js": typeof import("./attachments/attachment_tray.js");
  "attachments/audio_player.js": typeof import("./attachments/audio_player.js");
  "attachments/camera.js": typeof import("./attachments/camera.js");
  "attachments/image_viewer.js": typeof import("./attachments/image_viewer.js");
  "attachments/upload_preview.js": typeof import("./attachments/upload_preview.js");
  "attachments/uploads.js": typeof import("./attachments/uploads.js");
  "attachments/voice_recorder.js": typeof import("./attachments/voice_recorder.js");
  "calls/app_call.js": typeof import("./calls/app_call.js");
  "calls/calls.js": typeof import("./calls/calls.js");
  "calls/start_call.js": typeof import("./calls/start_call.js");
  "composer/delivery.js": typeof import("./composer/delivery.js");
  "composer/link_preview.js": typeof import("./composer/link_preview.js");
  "core/channel_locks.js": typeof import("./core/channel_locks.js");
  "core/sheet.js": typeof import("./core/sheet.js");
  "core/times.js": typeof import("./core/times.js");
  "emoji/picker.js": typeof import("./emoji/picker.js");
  "messages/actions.js": typeof import("./messages/actions.js");
  "messages/announcer.js": typeof import("./messages/announcer.js");
  "messages/carried.js": typeof import("./messages/carried.js");
  "messages/chime.js": typeof import("./messages/chime.js");
  "messages/history.js": typeof import("./messages/history.js");
  "messages/newer.js": typeof import("./messages/newer.js");
  "messages/placement.js": typeof import("./messages/placement.js");
  "messages/own_data.js": typeof import("./messages/own_data.js");
  "messages/quotes.js": typeof import("./messages/quotes.js");
  "messages/read_receipts.js": typeof import("./messages/read_receipts.js");
  "messages/typing.js": typeof import("./messages/typing.js");
  "popup/conversation_row.js": typeof import("./popup/conversation_row.js");
  "popup/conversation_list.js": typeof import("./popup/conversation_list.js");
  "popup/forms.js": typeof import("./popup/forms.js");
  "popup/page_commands.js": typeof import("./popup/page_commands.js");
  "popup/surroundings.js": typeof import("./popup/surroundings.js");
  "popup/standalone.js": typeof import("./popup/standalone.js");
}

/** The headers that say who is asking. */
export type Headers = () => Record<string, string>;

/** "online", "connecting" or "offline". */
export type ConnectionState = "online" | "connecting" | "offline";

/** What the stream brings: its name, the fragment, and an id when it is logged. */
export interface StreamEvent {
  type: string;
  data?: string;
  id?: string;
}

/** What the browser knows of a file. */
export interface FileInfo {
  name: string;
  size: number;
  kind: string;
  width?: number;
  height?: number;
  /** In seconds. */
  duration?: number;
  waveform?: string;
}

/** The message that another one answers. */
export interface Reply {
  id: string;
  seq: string;
  name: string;
  excerpt: string;
}

/** What goes along with the words of a message. */
export interface MessageExtra {
  reply?: Reply;
  files?: { client?: string; info?: FileInfo }[];
  preview?: boolean;
  /** A note: for the team only. */
  private?: boolean;
}

/** Something that adds to the next message: whether there is something to add, and the handing over. */
export interface MessagePart {
  ready(): boolean;
  take(): MessageExtra;
}

/** What the words in the composer are about. */
export interface ComposerContext {
  title: string;
  excerpt: string;
  reply?: Reply;
  /** Resolves to why the message cannot say that instead, if so. */
  change?(body: string): Promise<string>;
}

/** A message that waits to be sent. */
export interface OutboxEntry {
  /** The name it is stored under. */
  key: string;
  /** Its client id. */
  client: string;
  conversation: string;
  body: string;
  at: string;
  reply?: Reply;
  preview?: boolean;
  private?: boolean;
  file?: FileInfo;
  /** Where its file goes to. */
  path?: string;
  /** Its file is there. */
  done?: boolean;
  /** Why it could not be sent. */
  failed?: string;
  /** The server will not take it. */
  refused?: boolean;
}

/** What the outbox offers to those who bring its entries to the server. */
export interface DeliveryOptions {
  entries(): OutboxEntry[];
  change(client: string, to: Partial<OutboxEntry>): void;
  sent(client: string, message: { id: string; seq: number; status: string } | null): void;
  unreachable(reason: string): void;
  flush(): void;
  headers: Headers;
}

/** What the popup and the inbox tell of themselves. */
export interface ConversationOptions {
  headers: Headers;
  user(): string;
  outbox(): import("./composer/outbox.js").Outbox;
  /** The address that leads to a message. */
  link(message: string, conversation: string): string | Promise<string>;
  /** Whether this is the tab that does what only one of them may. */
  isLeader(): boolean;
  /** Tell the page that embeds the popup. */
  notifyHost(type: string, detail?: object): void;
}

/** The page that embeds the popup, as seen from inside. */
export interface Host {
  opened: boolean;
  pageFocused?: boolean;
  getSession(): Promise<{ token?: string; profile: Record<string, string>; page: string[] }>;
  saveSession(token: string): Promise<void>;
  forgetSession(): void;
  notify(type: string, detail?: object): void;
  onMessage(fn: (message: any) => void): void;
}

declare global {
  /** htmx 4, as far as it is called from here. */
  const htmx: {
    ajax(method: string, path: string, options: object): Promise<void>;
    process(element: Element): void;
    config: { morphIgnore: string[] };
    registerExtension(name: string, extension: object): void;
    swap(options: object): Promise<void>;
  };

  /** What the owner has set of the bubble: the server puts it into the loader in the place of this name. */
  const site: Record<string, string>;

  /** Whether the page's origin may not embed the popup: the server puts it before popup/failure.js. */
  const refused: boolean;

  interface ElementsById {
    "blank-failure": HTMLTemplateElement;
    "blank-message": HTMLTemplateElement;
    "composer-text": HTMLTextAreaElement;
    composer: HTMLFormElement;
    "file-input": HTMLInputElement;
    greeting: HTMLTemplateElement;
    invitation: HTMLFormElement;
    sheet: HTMLDialogElement;
  }

  // Elements are found by what their templates say of them; that they are there is for the tests to show.
  interface Document {
    getElementById<Id extends keyof ElementsById>(id: Id): ElementsById[Id];
    getElementById(id: string): HTMLElement;
    readonly featurePolicy?: { allowsFeature(name: string): boolean };
    readonly permissionsPolicy?: { allowsFeature(name: string): boolean };
  }
  interface ParentNode {
    querySelector<Tag extends keyof HTMLElementTagNameMap>(tag: Tag): HTMLElementTagNameMap[Tag];
    querySelector<Found extends Element = HTMLElement>(selector: string): Found;
    querySelectorAll<Tag extends keyof HTMLElementTagNameMap>(tag: Tag): NodeListOf<HTMLElementTagNameMap[Tag]>;
    querySelectorAll<Found extends Element = HTMLElement>(selector: string): NodeListOf<Found>;
  }
  interface Element {
    closest<Found extends Element = HTMLElement>(selector: string): Found;
  }
  interface Window {
    /** The queue of a page that embeds the chat, and then the loader. */
    ChatPopup?: any;
    chatPopupSettings?: Record<string, any>;
  }
  interface Navigator {
    readonly connection?: EventTarget;
  }
}
