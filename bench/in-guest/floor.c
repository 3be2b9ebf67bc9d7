/*
 * The floor of exhaustion and removal: a loop of mkdir(2), or of rmdir(2), and nothing else.
 *
 *   floor make DIR          make DIR/test-1, test-2 … until refused; says how many
 *   floor remove DIR COUNT  remove DIR/test-1 … test-COUNT; says how many
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv) {
  char path[64];
  long n, most = argc > 3 ? atol(argv[3]) : 1000000;
  int make = argc > 2 && strcmp(argv[1], "make") == 0;
  if (argc < 3 || chdir(argv[2])) return 2;
  for (n = 1; n <= most; n++) {
    snprintf(path, sizeof path, "test-%ld", n);
    if (make ? mkdir(path, 0777) : rmdir(path)) break;
  }
  printf("%ld\n", n - 1);
  return 0;
}
