using System.Threading.Tasks.Sources;

namespace IoTStream.Mqtt.Client;

/// <summary>
/// Lets small reads that follow each other quickly gather to larger ones, by waiting a millisecond before the next. A server that sends each message by itself would otherwise
/// have three threads wake up for each of them, which costs several times what the message does.
/// </summary>
/// <remarks>
/// Only where nothing is acknowledged: a server that waits for acknowledgements would wait for the pause, too. When pauses bring no larger reads, because somebody waits for
/// something else before sending on, there are none for a while. Not thread-safe.
/// </remarks>
internal sealed class ReadGathering : IValueTaskSource, IDisposable
{
    // How many reads are looked at before pauses begin, and what they have to be like: more than 10,000 a second, with less than 16 messages each.
    private const int ReadsSeen = 64;
    private const int FewMessages = 16;
    private static readonly TimeSpan Quick = ReadsSeen * TimeSpan.FromMicroseconds(100);

    // What pauses have to bring, and for how many reads there are none if they do not.
    private const int PausesSeen = 16;
    private const int ManyMessages = 8;
    private const int ReadsWithout = 4096;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);
    private readonly TimeProvider _clock;
    private readonly ITimer _timer;
    private ManualResetValueTaskSourceCore<bool> _over;
    private bool _pauses;
    private int _reads;
    private long _messages;
    private long _since;

    /// <param name="clock">The system's, whatever the clock of the job: it is the time of threads that is saved.</param>
    public ReadGathering(TimeProvider clock)
    {
        _clock = clock;
        _timer = _clock.CreateTimer(
            static gathering => ((ReadGathering)gathering!)._over.SetResult(result: true), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _since = _clock.GetTimestamp();
    }

    /// <summary>Waits before the next read, if that is worth it.</summary>
    /// <param name="messages">How many messages the last read brought.</param>
    public ValueTask WaitAsync(int messages)
    {
        _reads++;
        _messages += messages;
        if (_pauses)
        {
            LookAtPauses();
        }
        else if (_reads >= ReadsSeen)
        {
            LookAtReads();
        }

        if (!_pauses)
        {
            return default;
        }

        _over.Reset();
        short version = _over.Version;
        _timer.Change(Pause, Timeout.InfiniteTimeSpan);
        return new ValueTask(this, version);
    }

    public void Dispose() => _timer.Dispose();

    void IValueTaskSource.GetResult(short token) => _over.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _over.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _over.OnCompleted(continuation, state, token, flags);

    private void LookAtReads()
    {
        bool isQuick = _clock.GetElapsedTime(_since) < Quick;
        Begin(pauses: isQuick && _messages < ReadsSeen * FewMessages, reads: 0);
    }

    private void LookAtPauses()
    {
        if (_reads < PausesSeen)
        {
            return;
        }

        bool brings = _messages >= PausesSeen * ManyMessages;
        Begin(pauses: brings, reads: brings ? 0 : ReadsSeen - ReadsWithout);
    }

    private void Begin(bool pauses, int reads)
    {
        _pauses = pauses;
        _reads = reads;
        _messages = 0;
        _since = _clock.GetTimestamp();
    }
}
