/** The rules pages: dialogs and the little things that the server need not do. */
