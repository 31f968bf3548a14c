using System.Threading.Channels;

namespace IoTStream.Runtime;

/// <summary>
/// What is asked of a lane from outside. While a thread drives the lane it answers between two rounds of work, which costs it one read of a flag
/// when nobody asks; a lane that no thread drives is read where the question is asked. So many questions may wait; who has more to ask waits for a place.
/// </summary>
internal sealed class LaneQueries(Action wake)
{
    /// <summary>How many questions may wait.</summary>
    public const int Capacity = 64;

    private volatile Channel<LaneQuery>? _waiting;
    private volatile bool _hasWaiting;
    private volatile bool _isStopped;

    /// <summary>Whether a thread drives the lane, or has.</summary>
    public bool IsDriven => _waiting is not null;

    /// <summary>Whether there may be something to <see cref="Answer"/>.</summary>
    public bool HasWaiting => _hasWaiting;

    /// <summary>From now on a thread drives the lane: questions are left to it.</summary>
    public void Open() => _waiting = Channel.CreateBounded<LaneQuery>(new BoundedChannelOptions(Capacity) { SingleReader = true });

    /// <summary>The lane's thread: it is not going to step the lane again.</summary>
    /// <param name="hasEnded">Whether all has been done. If not, nothing is answered before it is known why.</param>
    public void Close(bool hasEnded)
    {
        _isStopped = !hasEnded;
        _waiting!.Writer.Complete();
        while (_waiting.Reader.TryRead(out LaneQuery? query))
        {
            Settle(query);
        }
    }

    /// <summary>The lane's thread: answers what waits now, and leaves what comes meanwhile for later.</summary>
    public void Answer()
    {
        // Cleared before reading, so that what comes during it is not forgotten.
        _hasWaiting = false;
        Interlocked.MemoryBarrier();
        for (int i = _waiting!.Reader.Count; i > 0 && _waiting.Reader.TryRead(out LaneQuery? query); i--)
        {
            query.Answer();
        }
    }

    /// <summary>Has something read.</summary>
    /// <returns>Whether it has been; false if the lane was stopped before it had ended.</returns>
    public async Task<bool> AskAsync(LaneQuery query, CancellationToken cancellationToken)
    {
        if (await TryPostAsync(query, cancellationToken).ConfigureAwait(false))
        {
            _hasWaiting = true;
            wake();
        }
        else
        {
            Settle(query);
        }

        CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(
            static (asked, cancellation) => ((LaneQuery)asked!).Cancel(cancellation), query);
        await using (registration.ConfigureAwait(false))
        {
            return await query.Completion.ConfigureAwait(false);
        }
    }

    /// <returns>False if no thread drives the lane.</returns>
    private async ValueTask<bool> TryPostAsync(LaneQuery query, CancellationToken cancellationToken)
    {
        if (_waiting is not { } waiting)
        {
            return false;
        }

        while (await waiting.Writer.WaitToWriteAsync(cancellationToken).ConfigureAwait(false))
        {
            if (waiting.Writer.TryWrite(query))
            {
                return true;
            }
        }

        return false;
    }

    private void Settle(LaneQuery query)
    {
        if (_isStopped)
        {
            query.Abandon();
        }
        else
        {
            query.Answer();
        }
    }
}
