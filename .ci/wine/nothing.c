/* A library without anything of its own: all that it exports is another's. */
int DllMain(void *library, unsigned reason, void *reserved)
{
    return 1;
}
