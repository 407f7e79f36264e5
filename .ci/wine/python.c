/* Start the interpreter that python311.dll is, as the real python.exe does. */
#include <windows.h>
#include <stdio.h>

typedef int (*run_t)(int, wchar_t **);

int wmain(int argc, wchar_t **argv)
{
    HMODULE library = LoadLibraryW(L"python311.dll");
    run_t run = library ? (run_t)(void *)GetProcAddress(library, "Py_Main") : NULL;
    if (run)
        return run(argc, argv);
    fprintf(stderr, "python311.dll cannot be loaded: error %lu\n", GetLastError());
    return 101;
}
