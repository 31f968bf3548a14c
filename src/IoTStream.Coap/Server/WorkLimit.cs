namespace IoTStream.Coap.Server;

/// <summary>How many requests handlers work at. Thread-safe.</summary>
internal sealed class WorkLimit(int most)
{
    private int _working;
    private long _refused;
    private long _failed;

    public long Refused => Interlocked.Read(ref _refused);

    public long Failed => Interlocked.Read(ref _failed);

    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _working) <= most)
        {
            return true;
        }

        Interlocked.Decrement(ref _working);
        Interlocked.Increment(ref _refused);
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _working);

    public void CountFailure() => Interlocked.Increment(ref _failed);
}
