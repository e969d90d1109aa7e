/* The posts: a queue of messages to send, and connections that stay open and take from it. */

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

enum { REQUEST = 16384, ANSWER = 65536 };
typedef enum { SHUT, CONNECTING, FREE, SENDING, WAITING } State;

typedef struct {
  Kind kind;
  int fd, user;
  State state;
  bool probe, last; /* last: the server closes the connection after this answer */
  int length, sent, received;
  char request[REQUEST], answer[ANSWER];
} Post;

typedef struct {
  int user;
  char mark;
  Nanoseconds at; /* when it was due: waiting for a free connection counts */
} Due;

static Post *posts;
static Due *queue;
static size_t first, count, room;
static char *padding;

void make_posts(void) {
  posts = calloc(options.posts, sizeof *posts);
  for (int i = 0; i < options.posts; i++) posts[i].kind = A_POST, posts[i].fd = -1;
  static const char words[] = "The quick brown fox jumps over the lazy dog while the server sends events. ";
  padding = malloc(options.payload + 1);
  for (int i = 0; i < options.payload; i++) padding[i] = words[i % (sizeof words - 1)];
  padding[options.payload] = 0;
}

static void enqueue(int user, char mark) {
  if (count == room) {
    size_t more = room ? room * 2 : 1024;
    Due *moved = malloc(more * sizeof *moved);
    for (size_t i = 0; i < count; i++) moved[i] = queue[(first + i) % room];
    free(queue);
    queue = moved, first = 0, room = more;
  }
  queue[(first + count++) % room] = (Due){user, mark, now()};
  send_posts();
}

void post_event(int user) { enqueue(user, 'E'); }
void post_probe(int user) { enqueue(user, 'P'); }
bool posts_waiting(void) { return count > 0; }

/* However many connections there are: what asks whether all are there is no load. */
bool probe_possible(void) {
  int probes = 0;
  for (int i = 0; i < options.posts; i++) probes += posts[i].probe && (posts[i].state == SENDING || posts[i].state == WAITING || posts[i].state == CONNECTING);
  return count == 0 && probes < 16;
}
void forget_posts(void) { count = 0; }

bool post_possible(void) {
  for (int i = 0; i < options.posts; i++)
    if (posts[i].state == FREE || posts[i].state == SHUT) return count == 0;
  return false;
}

static void shut(Post *post) {
  if (post->state == SENDING || post->state == WAITING) users[post->user].in_the_air--;
  close(post->fd);
  post->fd = -1;
  post->state = SHUT;
}

/* The connection ended without an answer, as idle ones do: nobody knows whether it was taken. A browser sends it again. */
static void left_unanswered(Post *post) {
  if (!post->probe) {
    figures.unanswered++;
    figures.refused++;
    figures.expected -= options.tabs_per_user;
  }
  shut(post);
}

static void send_request(Post *post) {
  while (post->sent < post->length) {
    ssize_t sent = send(post->fd, post->request + post->sent, post->length - post->sent, MSG_NOSIGNAL);
    if (sent < 0 && errno == EAGAIN) return watch(post->fd, post, EPOLLIN | EPOLLOUT, true);
    if (sent < 0) return left_unanswered(post);
    post->sent += sent;
  }
  post->state = WAITING;
  watch(post->fd, post, EPOLLIN, true);
}

static void begin(Post *post, Due due) {
  static char body[REQUEST / 2], path[256], header[256], mark[64], text[REQUEST / 2];
  User *user = &users[due.user];
  uint32_t number = 0;
  post->user = due.user;
  user->in_the_air++;
  if (due.mark == 'E') {
    number = ++user->posted;
    figures.posted++;
    figures.expected += options.tabs_per_user;
  }
  snprintf(mark, sizeof mark, "@@%c%010u.%020lu@@", due.mark, number, due.at);
  snprintf(text, sizeof text, "%s%s", mark, padding);
  /* A probe must not become a message: it goes by the address that only publishes. */
  bool by_publish = due.mark == 'P' && strstr(options.post, "{conversation}");
  expand(path, sizeof path, by_publish ? "/publish?channel={user}" : options.post, user, "");
  expand(header, sizeof header, options.header, user, "");
  expand(body, sizeof body, by_publish ? "{marker}" : options.body, user, text);
  post->length = snprintf(post->request, sizeof post->request,
                          "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: %s\r\nContent-Length: %zu\r\n%s\r\n%s", path,
                          options.port, options.type, strlen(body), header, body);
  post->probe = due.mark == 'P';
  post->sent = post->received = 0;
  if (post->state == FREE) {
    post->state = SENDING;
    return send_request(post);
  }
  post->fd = dial();
  post->state = CONNECTING;
  watch(post->fd, post, EPOLLIN | EPOLLOUT, false);
}

void send_posts(void) {
  for (int i = 0; i < options.posts && count; i++) {
    if (posts[i].state != FREE && posts[i].state != SHUT) continue;
    Due due = queue[first];
    first = (first + 1) % room;
    count--;
    begin(&posts[i], due);
  }
}

/* Whether the answer is whole; its length says so, or a last chunk. */
static bool whole(Post *post) {
  char *end = strstr(post->answer, "\r\n\r\n");
  if (!end) return false;
  long length = 0;
  bool chunked = false;
  post->last = false;
  for (char *at = post->answer; at < end; at++) {
    if (!strncasecmp(at, "\r\ncontent-length:", 17)) length = atol(at + 17);
    if (!strncasecmp(at, "\r\ntransfer-encoding: chunked", 28)) chunked = true;
    if (!strncasecmp(at, "\r\nconnection: close", 19)) post->last = true;
  }
  return chunked ? strstr(end, "0\r\n\r\n") != NULL : post->received >= end + 4 - post->answer + length;
}

static void answered(Post *post) {
  bool accepted = post->answer[9] == '2';
  if (!accepted && !post->probe && figures.refused < 3) fprintf(stderr, "a post was refused: %.300s\n", post->answer);
  if (!post->probe) (*(accepted ? &figures.accepted : &figures.refused))++;
  if (!post->probe && !accepted) figures.expected -= options.tabs_per_user;
  users[post->user].in_the_air--;
  post->state = FREE;
  if (post->last) shut(post);
}

void post_ready(void *thing, uint32_t events) {
  Post *post = thing;
  if (post->state == CONNECTING) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(post->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error) give_up("no connection to post on");
    post->state = SENDING;
  }
  if (post->state == SENDING && events & EPOLLOUT) send_request(post);
  if (!(events & (EPOLLIN | EPOLLHUP | EPOLLERR))) return;
  while (post->fd >= 0) {
    ssize_t got = read(post->fd, post->answer + post->received, ANSWER - 1 - post->received);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
      return post->state == WAITING ? left_unanswered(post) : shut(post);
    }
    post->received += got;
    post->answer[post->received] = 0;
    if (whole(post)) return answered(post);
  }
}
