namespace IoTStream.Testing;

/// <summary>
/// Takes the thread's synchronization context away for a while, as a lane's thread has none. Test frameworks set one, and where there is one
/// the runtime moves what follows an await to another thread.
/// </summary>
internal readonly ref struct NoContext : IDisposable
{
    private readonly SynchronizationContext? _context;

    private NoContext(SynchronizationContext? context) => _context = context;

    public static NoContext Enter()
    {
        SynchronizationContext? context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        return new NoContext(context);
    }

    public void Dispose() => SynchronizationContext.SetSynchronizationContext(_context);
}
