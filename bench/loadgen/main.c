/* Reads one command a line and answers each with one line of JSON; the sockets are served in between as well.

     open               open all tabs, some hundred at a time
     again              close all tabs and open them all at once
     steady RATE SECS   post to users at random, RATE times a second
     flood SECS         post on every free connection
     idle SECS          do nothing but listen
     close, quit
*/

#define _GNU_SOURCE
#include "loadgen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

Options options = {.users = 1, .tabs_per_user = 1, .at_once = 512, .posts = 8, .payload = 930};
User *users;
Figures figures;

static int poller, timer;
static Kind the_timer = THE_TIMER, the_driver = THE_DRIVER;
static char command[256];
static int command_length;
static bool driver_gone;

void give_up(const char *what) {
  perror(what);
  exit(1);
}

Nanoseconds now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000ull + time.tv_nsec;
}

void watch(int fd, void *thing, uint32_t events, bool known) {
  struct epoll_event wanted = {.events = events, .data.ptr = thing};
  if (epoll_ctl(poller, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &wanted)) give_up("epoll");
}

int dial(void) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
  if (fd < 0) give_up("socket");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(options.port)};
  /* An address has some 28,000 ports for its connections; loopback has many addresses. */
  static uint32_t dialed;
  struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK + dialed++ / 15000 % 200)};
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  bind(fd, (void *)&from, sizeof from);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, (void *)&to, sizeof to) && errno != EINPROGRESS) give_up("connect");
  return fd;
}

/* Replaces {user}, {token}, {conversation}, {marker} and {uuid} in a template. */
void expand(char *out, size_t room, const char *template, const User *user, const char *marker) {
  char *end = out + room - 1;
  while (*template && out < end) {
    char made[64];
    const char *with = NULL;
    size_t length = strcspn(template, "}") + 1;
    if (!strncmp(template, "{user}", 6)) with = user->name;
    else if (!strncmp(template, "{token}", 7)) with = user->token;
    else if (!strncmp(template, "{conversation}", 14)) with = user->conversation;
    else if (!strncmp(template, "{marker}", 8)) with = marker;
    else if (!strncmp(template, "{uuid}", 6)) {
      snprintf(made, sizeof made, "%08x-%04x-4%03x-a%03x-%08x%04x", (unsigned)random(), (unsigned)random() & 0xffff,
               (unsigned)random() & 0xfff, (unsigned)random() & 0xfff, (unsigned)random(), (unsigned)random() & 0xffff);
      with = made;
    }
    if (!with) *out++ = *template++;
    else {
      out += snprintf(out, end - out + 1, "%s", with);
      template += length;
    }
  }
  *(out < end ? out : end) = 0;
}

static void hear(void) {
  ssize_t got = read(0, command + command_length, sizeof command - 1 - command_length);
  if (got <= 0) driver_gone = true;
  else command_length += got;
  command[command_length] = 0;
}

void serve_until(Nanoseconds moment) {
  Nanoseconds time = now(), left = moment > time ? moment - time : 1;
  struct itimerspec ring = {.it_value = {left / 1000000000, left % 1000000000}};
  timerfd_settime(timer, 0, &ring, NULL);
  struct epoll_event ready[512];
  int count = epoll_wait(poller, ready, 512, -1);
  for (int i = 0; i < count; i++) {
    void *thing = ready[i].data.ptr;
    uint64_t rung;
    if (*(Kind *)thing == A_TAB) tab_ready(thing, ready[i].events);
    else if (*(Kind *)thing == A_POST) post_ready(thing, ready[i].events);
    else if (*(Kind *)thing == THE_DRIVER) hear();
    else if (read(timer, &rung, sizeof rung) < 0 && errno != EAGAIN) give_up("timer");
  }
  send_posts();
}

static int by_size(const void *one, const void *other) {
  Nanoseconds a = *(const Nanoseconds *)one, b = *(const Nanoseconds *)other;
  return a < b ? -1 : a > b;
}

static double percentile(double part) {
  if (!figures.taken_count) return -1;
  size_t at = part * figures.taken_count;
  return figures.taken[at < figures.taken_count ? at : figures.taken_count - 1] / 1e6;
}

static void measure(double rate, double seconds) {
  int connected = figures.connected, closed = figures.closed;
  Nanoseconds *room = figures.taken;
  size_t had = figures.taken_room;
  figures = (Figures){.connected = connected, .closed = closed, .taken = room, .taken_room = had};
  Nanoseconds began = now(), end = began + seconds * 1e9, due = began;
  listen_anew();
  for (int turn = 0; now() < end;) {
    if (rate > 0) {
      for (; due <= now(); due += 1e9 / rate) post_event(random() % options.users);
      serve_until(due < end ? due : end);
      continue;
    }
    /* Never two at once for one user: which of them came first would be anybody's guess. */
    for (int tried = 0; tried < options.users && post_possible(); tried++) {
      int user = turn++ % options.users;
      if (!users[user].in_the_air) post_event(user), tried = 0;
    }
    serve_until(now() + 1000000);
  }
  long in_time = figures.received, accepted = figures.accepted;
  double took = (now() - began) / 1e9, silence = longest_silence();
  Nanoseconds progress = now();
  for (long before = -1; (figures.received < figures.expected || posts_waiting()) && now() - progress < 8000000000ull;) {
    serve_until(now() + 20000000);
    if (figures.received != before) before = figures.received, progress = now();
  }
  qsort(figures.taken, figures.taken_count, sizeof *figures.taken, by_size);
  printf("{\"posted\": %ld, \"accepted\": %ld, \"refused\": %ld, \"unanswered\": %ld, \"expected\": %ld, \"received\": %ld, \"doubled\": %ld, \"missing\": %ld, "
         "\"closed\": %d, \"p50_ms\": %.3f, \"p95_ms\": %.3f, \"p99_ms\": %.3f, \"max_ms\": %.3f, \"events_per_s\": %.0f, \"posts_per_s\": %.1f, \"silence_s\": %.1f}\n",
         figures.posted, figures.accepted, figures.refused, figures.unanswered, figures.expected, figures.received, figures.doubled, figures.missing,
         figures.closed - closed, percentile(.5), percentile(.95), percentile(.99), percentile(1), in_time / took, accepted / took, silence);
}

static void obey(const char *line) {
  double rate, seconds;
  if (!strcmp(line, "quit")) exit(0);
  if (!strcmp(line, "close")) close_tabs(), printf("{}\n");
  else if (sscanf(line, "steady %lf %lf", &rate, &seconds) == 2) measure(rate, seconds);
  else if (sscanf(line, "flood %lf", &seconds) == 1) measure(0, seconds);
  else if (sscanf(line, "idle %lf", &seconds) == 1) {
    for (Nanoseconds end = now() + seconds * 1e9; now() < end;) serve_until(end);
    printf("{}\n");
  } else if (!strcmp(line, "open") || !strcmp(line, "again")) {
    if (line[0] == 'a') close_tabs();
    double took = open_tabs(line[0] == 'a' ? options.users * options.tabs_per_user : options.at_once);
    printf("{\"connected\": %d, \"turned_away\": %d, \"seconds\": %.3f}\n", figures.connected, figures.turned_away, took);
  } else {
    fprintf(stderr, "what is %s?\n", line);
    exit(2);
  }
  fflush(stdout);
}

static void read_users(const char *path) {
  FILE *file = fopen(path, "r");
  if (!file) give_up(path);
  users = calloc(options.users, sizeof *users);
  for (int i = 0; i < options.users; i++)
    if (fscanf(file, "%63s %63s %63s", users[i].name, users[i].token, users[i].conversation) != 3) give_up("the users' file is too short");
  fclose(file);
}

int main(int count, char **words) {
  static const struct option known[] = {{"port", 1, 0, 'p'}, {"users", 1, 0, 'u'}, {"tabs", 1, 0, 't'},   {"file", 1, 0, 'f'},
                                        {"get", 1, 0, 'g'},  {"post", 1, 0, 'o'},  {"body", 1, 0, 'b'},   {"type", 1, 0, 'y'},
                                        {"header", 1, 0, 'h'}, {"posts", 1, 0, 'n'}, {"payload", 1, 0, 'l'}, {0}};
  const char *file = NULL;
  /* Or two programs would make the same client ids, and what was sent before brings no event. */
  srandom((unsigned)getpid() ^ (unsigned)now());
  options.get = options.post = options.body = options.header = options.type = "";
  for (int option; (option = getopt_long(count, words, "", known, NULL)) != -1;) {
    if (option == 'p') options.port = atoi(optarg);
    else if (option == 'u') options.users = atoi(optarg);
    else if (option == 't') options.tabs_per_user = atoi(optarg);
    else if (option == 'n') options.posts = atoi(optarg);
    else if (option == 'l') options.payload = atoi(optarg);
    else if (option == 'f') file = optarg;
    else if (option == 'g') options.get = optarg;
    else if (option == 'o') options.post = optarg;
    else if (option == 'b') options.body = optarg;
    else if (option == 'y') options.type = optarg;
    else if (option == 'h') options.header = optarg;
    else return 2;
  }
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  read_users(file);
  make_tabs();
  make_posts();
  poller = epoll_create1(0);
  timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  watch(timer, &the_timer, EPOLLIN, false);
  fcntl(0, F_SETFL, O_NONBLOCK);
  watch(0, &the_driver, EPOLLIN, false);
  while (!driver_gone) {
    char *end = strchr(command, '\n');
    if (!end) {
      serve_until(now() + 1000000000);
      continue;
    }
    *end = 0;
    char line[256];
    strcpy(line, command);
    memmove(command, end + 1, command_length - (end + 1 - command) + 1);
    command_length -= end + 1 - command;
    obey(line);
  }
  return 0;
}
