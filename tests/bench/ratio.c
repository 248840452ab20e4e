/*
 * ratio: times commands side by side, each in turn, round after round, so that a machine that is
 * busy at times is busy for all of them. The ratios are taken within a round; of everything the
 * median is printed.
 *
 *   ratio [-r ROUNDS] [-b COMMAND] < lines "NAME: COMMAND"
 *
 * For the shell; standard output is thrown away, -b runs before each command and is not timed.
 * Prints for each line, separated by tabs: NAME, wall seconds, CPU seconds (user and system), peak
 * memory in KiB, and wall, CPU, memory divided by those of the first line. A small program of C,
 * because the peak memory of a child begins with that of its parent.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#define LINES 16
#define ROUNDS 101
enum { WALL, CPU, MEMORY, FIGURES };

static char lines[LINES][4096], *command[LINES];
static double figure[LINES][FIGURES][ROUNDS];

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

/* Runs it; false when it failed, then what it wrote to standard error is shown. */
static int run(const char *shell, double *out)
{
	char noise[] = "/tmp/ratio.XXXXXX";
	int err = mkstemp(noise), status;
	char text[4096];
	ssize_t n;
	struct rusage ru;
	double start = now();
	pid_t pid = fork();

	if (pid == 0) {
		dup2(open("/dev/null", O_WRONLY), 1);
		dup2(err, 2);
		execl("/bin/sh", "sh", "-c", shell, (char *)NULL);
		_exit(127);
	}
	unlink(noise);
	if (pid < 0 || wait4(pid, &status, 0, &ru) != pid)
		return 0;
	out[WALL] = now() - start;
	out[CPU] = seconds(ru.ru_utime) + seconds(ru.ru_stime);
	out[MEMORY] = (double)ru.ru_maxrss;
	lseek(err, 0, SEEK_SET);
	while (status && (n = read(err, text, sizeof text)) > 0)
		fwrite(text, 1, (size_t)n, stderr);
	close(err);
	return status == 0;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(const double *v, int n)
{
	double sorted[ROUNDS];

	memcpy(sorted, v, (size_t)n * sizeof *v);
	qsort(sorted, (size_t)n, sizeof *sorted, compare);
	return n % 2 ? sorted[n / 2] : (sorted[n / 2] + sorted[n / 2 - 1]) / 2;
}

static void print(int i, int rounds)
{
	double ratio[ROUNDS];
	int k, r;

	printf("%s", lines[i]);
	for (k = 0; k < FIGURES; k++)
		printf("\t%.6g", median(figure[i][k], rounds));
	for (k = 0; k < FIGURES; k++) {
		for (r = 0; r < rounds; r++)
			ratio[r] = figure[i][k][r] / figure[0][k][r];
		printf("\t%.4g", median(ratio, rounds));
	}
	printf("\n");
}

int main(int argc, char **argv)
{
	const char *before = NULL;
	int rounds = 5, n = 0, c, i, k, r;
	double one[FIGURES];

	while ((c = getopt(argc, argv, "r:b:")) != -1)
		if (c == 'r')
			rounds = atoi(optarg);
		else if (c == 'b')
			before = optarg;
		else
			return 2;
	if (rounds < 1 || rounds > ROUNDS)
		return 2;
	while (n < LINES && fgets(lines[n], sizeof lines[n], stdin)) {
		lines[n][strcspn(lines[n], "\n")] = 0;
		command[n] = strstr(lines[n], ": ");
		if (!command[n])
			return fprintf(stderr, "ratio: not NAME: COMMAND: %s\n", lines[n]), 2;
		*command[n] = 0;
		command[n++] += 2;
	}
	for (r = -1; r < rounds; r++) /* the first round only warms up */
		for (i = 0; i < n; i++) {
			if ((before && !run(before, one)) || !run(command[i], one))
				return fprintf(stderr, "ratio: failed: %s\n", lines[i]), 1;
			for (k = 0; k < FIGURES && r >= 0; k++)
				figure[i][k][r] = one[k];
		}
	for (i = 0; i < n; i++)
		print(i, rounds);
	return 0;
}
