/* One line at the bottom of the terminal while something waits or takes long. */
#ifndef AD_STATUS_LINE_H
#define AD_STATUS_LINE_H

/* From now on, when there is a person at the terminal. */
void ad_status_line_open(void);
void ad_status_line_close(void);

#endif
