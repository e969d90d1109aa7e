/* A load generator for server-sent events: any number of tabs and the posts that reach them, in one thread and with
   one clock, so that the time from a post to a tab needs no other clock to agree with. */

#ifndef LOADGEN_H
#define LOADGEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t Nanoseconds;

/* What epoll hands back: every watched thing begins with what it is. */
typedef enum { A_TAB, A_POST, THE_TIMER, THE_DRIVER } Kind;

typedef struct {
  char name[64], token[64], conversation[64]; /* one line of the users' file */
  int connected;                              /* tabs that a probe has reached */
  int in_the_air;                             /* posts for this user that are not answered yet */
  uint32_t posted;                            /* the number of the last event that was posted for this user */
  Nanoseconds probed;
} User;

typedef struct {
  int port, users, tabs_per_user, at_once, posts, payload;
  const char *get, *header, *post, *type, *body; /* templates, see expand() */
} Options;

typedef struct {
  long posted, accepted, refused, unanswered, expected, received, doubled, missing;
  int connected, closed, turned_away;
  Nanoseconds last;      /* when the last event arrived */
  Nanoseconds silence;   /* the longest for which an open tab heard nothing */
  Nanoseconds *taken;    /* how long each event took, from its post to a tab */
  size_t taken_count, taken_room;
} Figures;

extern Options options;
extern User *users;
extern Figures figures;

/* main.c */
Nanoseconds now(void);
void watch(int fd, void *thing, uint32_t events, bool known);
int dial(void);
void expand(char *out, size_t room, const char *template, const User *user, const char *marker);
void give_up(const char *what);

/* tabs.c */
void make_tabs(void);
double open_tabs(int at_once);
void close_tabs(void);
void listen_anew(void);
double longest_silence(void);
void tab_ready(void *tab, uint32_t events);
void serve_until(Nanoseconds moment);

/* posts.c */
void make_posts(void);
void post_event(int user);
void post_probe(int user);
bool post_possible(void);
bool posts_waiting(void);
bool probe_possible(void);
void forget_posts(void);
void post_ready(void *post, uint32_t events);
void send_posts(void);

#endif
