/* The tabs: opens streams, reads events by the grammar of the SSE standard, and notes when each one arrived. */

#define _GNU_SOURCE
#include "loadgen.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

typedef enum { SHUT, CONNECTING, READING_HEAD, OPEN } State;
typedef enum { SIZE, EXTENSION, DATA, LINE_END } ChunkState;

typedef struct {
  Kind kind;
  int fd, user;
  State state;
  bool chunked, connected, other; /* other: the event that is being read is of another type than "message" */
  ChunkState chunk_state;
  long chunk_left;
  char *line; /* what has come of a line, or of the response's head */
  int line_length, line_room;
  char mark; /* 'E' or 'P' when the event that is being read carries a marker */
  uint32_t number, last;
  Nanoseconds posted_at, again; /* again: when a tab that was refused tries once more */
  Nanoseconds heard; /* when anything came last, a heartbeat for one */
  char last_id[48];
} Tab;

static Tab *tabs;
static int total;

void make_tabs(void) {
  total = options.users * options.tabs_per_user;
  tabs = calloc(total, sizeof *tabs);
  for (int i = 0; i < total; i++) tabs[i] = (Tab){.kind = A_TAB, .fd = -1, .user = i / options.tabs_per_user};
}

static void keep(Tab *tab, const char *bytes, int count) {
  if (tab->line_length + count + 1 > tab->line_room) {
    tab->line_room = (tab->line_length + count + 1) * 2;
    tab->line = realloc(tab->line, tab->line_room);
  }
  memcpy(tab->line + tab->line_length, bytes, count);
  tab->line_length += count;
  tab->line[tab->line_length] = 0;
}

static void shut(Tab *tab) {
  if (tab->state == SHUT) return;
  close(tab->fd);
  tab->fd = -1;
  tab->state = SHUT;
  figures.closed++;
}

static void open_tab(Tab *tab) {
  tab->fd = dial();
  tab->state = CONNECTING;
  tab->chunked = tab->connected = tab->other = false;
  tab->line_length = 0;
  tab->mark = 0;
  tab->last = users[tab->user].posted;
  watch(tab->fd, tab, EPOLLIN | EPOLLOUT, false);
}

static void event_ended(Tab *tab, Nanoseconds time) {
  char mark = tab->mark;
  tab->mark = 0;
  tab->other = false;
  if (mark == 'P' && !tab->connected) {
    tab->connected = true;
    figures.connected++;
    users[tab->user].connected++;
  }
  if (mark != 'E') return;
  if (tab->number <= tab->last) figures.doubled++;
  else figures.missing += tab->number - tab->last - 1;
  if (tab->number > tab->last) tab->last = tab->number;
  figures.received++;
  figures.last = time;
  if (figures.taken_count == figures.taken_room) {
    figures.taken_room = figures.taken_room ? figures.taken_room * 2 : 1 << 16;
    figures.taken = realloc(figures.taken, figures.taken_room * sizeof *figures.taken);
  }
  figures.taken[figures.taken_count++] = time - tab->posted_at;
}

/* One line of the stream. What is posted carries "@@E<number>.<nanoseconds>@@", or P for a probe. */
static void line_ended(Tab *tab, const char *line, int length, Nanoseconds time) {
  if (length && line[length - 1] == '\r') length--;
  if (length == 0) event_ended(tab, time);
  else if (length > 4 && length < 4 + (int)sizeof tab->last_id && !memcmp(line, "id: ", 4)) {
    memcpy(tab->last_id, line + 4, length - 4);
    tab->last_id[length - 4] = 0;
  }
  else if (length > 6 && !memcmp(line, "event:", 6)) {
    int type = line[6] == ' ' ? 7 : 6;
    tab->other = length - type != 7 || memcmp(line + type, "message", 7);
  } else if (length > 5 && !memcmp(line, "data:", 5) && !tab->other && !tab->mark) {
    const char *mark = memmem(line, length, "@@", 2);
    if (!mark || mark + 34 > line + length) return;
    tab->mark = mark[2];
    tab->number = strtoul(mark + 3, NULL, 10);
    tab->posted_at = strtoull(mark + 14, NULL, 10);
  }
}

static void read_lines(Tab *tab, const char *bytes, int count, Nanoseconds time) {
  while (count > 0) {
    const char *end = memchr(bytes, '\n', count);
    int length = end ? end - bytes + 1 : count;
    if (end && tab->line_length == 0) line_ended(tab, bytes, length - 1, time);
    else {
      keep(tab, bytes, length);
      if (end) {
        line_ended(tab, tab->line, tab->line_length - 1, time);
        tab->line_length = 0;
      }
    }
    bytes += length;
    count -= length;
  }
}

/* Chunked transfer coding (RFC 9112, 7.1): some of the peers use it. */
static void read_chunks(Tab *tab, const char *bytes, int count, Nanoseconds time) {
  while (count > 0) {
    if (tab->chunk_state == DATA) {
      int part = count < tab->chunk_left ? count : tab->chunk_left;
      read_lines(tab, bytes, part, time);
      bytes += part;
      count -= part;
      tab->chunk_left -= part;
      if (!tab->chunk_left) tab->chunk_state = LINE_END;
      continue;
    }
    char c = *bytes++;
    count--;
    if (c == '\n') tab->chunk_state = tab->chunk_state == LINE_END ? SIZE : DATA;
    else if (c == ';') tab->chunk_state = EXTENSION;
    else if (tab->chunk_state == SIZE && c > ' ') tab->chunk_left = tab->chunk_left * 16 + (c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
  }
}

static void read_head(Tab *tab, const char *bytes, int count, Nanoseconds time) {
  keep(tab, bytes, count);
  char *end = strstr(tab->line, "\r\n\r\n");
  if (!end) return;
  if (memcmp(tab->line + 9, "200", 3)) {
    figures.turned_away++;
    tab->again = now() + 250000000; /* as a browser does */
    return shut(tab);
  }
  for (char *at = tab->line; at < end; at++)
    if (!strncasecmp(at, "\r\ntransfer-encoding: chunked", 28)) tab->chunked = true;
  tab->state = OPEN;
  tab->chunk_state = SIZE;
  tab->chunk_left = 0;
  int rest = tab->line + tab->line_length - (end + 4);
  char *early = malloc(rest + 1);
  memcpy(early, end + 4, rest);
  tab->line_length = 0;
  (tab->chunked ? read_chunks : read_lines)(tab, early, rest, time);
  free(early);
}

static void ask(Tab *tab) {
  char path[256], header[256], request[1024];
  expand(path, sizeof path, options.get, &users[tab->user], "");
  expand(header, sizeof header, options.header, &users[tab->user], "");
  int length = snprintf(request, sizeof request,
                        "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAccept: text/event-stream\r\n%s%s%s%s\r\n", path, options.port,
                        header, *tab->last_id ? "Last-Event-ID: " : "", tab->last_id, *tab->last_id ? "\r\n" : "");
  if (send(tab->fd, request, length, MSG_NOSIGNAL) != length) return shut(tab);
  tab->state = READING_HEAD;
  watch(tab->fd, tab, EPOLLIN, true);
}

static void note_silence(Tab *tab, Nanoseconds time) {
  if (tab->heard && time - tab->heard > figures.silence) figures.silence = time - tab->heard;
  tab->heard = time;
}

/* From now on silence counts. */
void listen_anew(void) {
  for (int i = 0; i < total; i++) tabs[i].heard = now();
}

/* The longest silence of any open tab, in seconds; that of those that have not heard anything since included. */
double longest_silence(void) {
  for (int i = 0; i < total; i++)
    if (tabs[i].state == OPEN) note_silence(&tabs[i], now());
  return figures.silence / 1e9;
}

void tab_ready(void *thing, uint32_t events) {
  static char bytes[1 << 18];
  Tab *tab = thing;
  if (tab->state == CONNECTING) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(tab->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error) shut(tab);
    else if (events & EPOLLOUT) ask(tab);
    return;
  }
  while (tab->state != SHUT) {
    ssize_t count = read(tab->fd, bytes, sizeof bytes);
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) return shut(tab);
    Nanoseconds time = now();
    note_silence(tab, time);
    if (tab->state == READING_HEAD) read_head(tab, bytes, count, time);
    else (tab->chunked ? read_chunks : read_lines)(tab, bytes, count, time);
    if (count < (ssize_t)sizeof bytes) return;
  }
}

void close_tabs(void) {
  for (int i = 0; i < total; i++) shut(&tabs[i]);
}

/* Open all tabs, at most `at_once` of them on their way at a time, and probe each user's stream until every one of
   their tabs has heard it: only that proves a subscription. Returns the seconds it took. */
double open_tabs(int at_once) {
  enum { PATIENCE = 30 };
  Nanoseconds began = now(), progress = began, again = options.tabs_per_user > 20 ? 200000000 : 25000000;
  int opened = 0, front = 0, before = -1;
  figures.connected = figures.closed = figures.turned_away = 0;
  for (int i = 0; i < options.users; i++) users[i].connected = users[i].probed = 0;
  while (figures.connected < total) {
    while (opened < total && opened - figures.connected < at_once) open_tab(&tabs[opened++]);
    for (int i = 0; i < opened && figures.turned_away; i++)
      if (tabs[i].state == SHUT && !tabs[i].connected && now() > tabs[i].again) open_tab(&tabs[i]);
    while (front < options.users && users[front].connected == options.tabs_per_user) front++;
    for (int i = front, asked = 0; i < options.users && asked < 8; i++) {
      if (users[i].connected == options.tabs_per_user) continue;
      int last = (i + 1) * options.tabs_per_user;
      if (last > opened || tabs[last - 1].state < READING_HEAD) break;
      asked++;
      if (now() - users[i].probed > again && probe_possible()) {
        users[i].probed = now();
        post_probe(i);
      }
    }
    serve_until(now() + 5000000);
    if (figures.connected != before) before = figures.connected, progress = now();
    if (now() - progress > PATIENCE * 1000000000ull) break;
  }
  double seconds = (now() - began) / 1e9;
  forget_posts();
  return seconds;
}
