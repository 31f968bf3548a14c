using IoTStream.Connectors;

namespace IoTStream.Operators;

/// <summary>A record that an asynchronous call is made for, from its arrival until its result has been passed on.</summary>
internal sealed class AsyncCall<TIn, TOut>(TIn value, RecordContext context)
{
    private bool _isDone;

    public TIn Value { get; } = value;

    public RecordContext Context { get; } = context;

    /// <summary>The signals that came after the record and before the next one; null if none did.</summary>
    public HeldSignals? Signals { get; set; }

    /// <summary>What the call gave, once it is done.</summary>
    public TOut Result { get; private set; } = default!;

    /// <summary>Why it gave nothing, once it is done.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Set by whatever thread the call ends on; the lane sees the outcome once it sees this.</summary>
    public bool IsDone => Volatile.Read(ref _isDone);

    public void Succeed(TOut result)
    {
        Result = result;
        Volatile.Write(ref _isDone, true);
    }

    public void Fail(Exception failure)
    {
        Failure = failure;
        Volatile.Write(ref _isDone, true);
    }
}
