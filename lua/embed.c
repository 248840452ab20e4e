/*
 * Build-time tool: prints a C file that holds the Lua files named as arguments, so that the
 * program carries its standard library. stdlib/recipes/kcd.lua becomes the module
 * "adsh.recipes.kcd". (gcc 12 knows no #embed; the assembler's .incbin is a dialect.)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_bytes(FILE *f)
{
	int c, n = 0;

	while ((c = getc(f)) != EOF)
		printf("%d,%s", c, ++n % 24 ? "" : "\n");
	if (n == 0)
		printf("0");
}

static void print_module(const char *path)
{
	const char *p = strncmp(path, "stdlib/", 7) ? path : path + 7;

	printf("\"adsh.");
	for (; *p && strcmp(p, ".lua"); p++)
		putchar(*p == '/' ? '.' : *p);
	printf("\"");
}

int main(int argc, char **argv)
{
	int i;

	printf("#include \"bundle.h\"\n");
	for (i = 1; i < argc; i++) {
		FILE *f = fopen(argv[i], "rb");

		if (!f)
			return perror(argv[i]), 1;
		printf("static const unsigned char f%d[] = {", i);
		print_bytes(f);
		printf("};\n");
		fclose(f);
	}
	printf("const struct ad_bundle ad_bundle[] = {\n");
	for (i = 1; i < argc; i++) {
		printf("\t{ ");
		print_module(argv[i]);
		printf(", \"%s\", f%d, sizeof f%d },\n", argv[i], i, i);
	}
	printf("\t{ 0, 0, 0, 0 },\n};\n");
	return ferror(stdout) || fflush(stdout) ? 1 : 0;
}
