/* adsh: the program. (A place-holder until the first slice of the program lands.) */
#include <stdio.h>

int main(void)
{
	puts("adsh");
	return 0;
}
