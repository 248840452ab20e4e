/* Which libraries of the network this program runs with, for --version. */
#ifndef AD_VERSION_H
#define AD_VERSION_H

#include "base/buf.h"

/* Appends a line for each: "OpenLDAP 2.5.13, TLS by GnuTLS\n". */
void ad_version_libraries(struct ad_buf *out);

#endif
