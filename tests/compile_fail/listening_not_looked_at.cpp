// says: ignoring return value of
#include "milterproto/server.hpp"

using namespace milterproto;

bool begin(server& filters, socket_spec const& where) {
#ifdef WITH_FAULT
    filters.listen(where);
#else
    if (!filters.listen(where)) return false;
#endif
    filters.start();
    return true;
}
