using System.Buffers;
using IoTStream.Log;

namespace IoTStream.Runtime;

/// <summary>What an exactly-once sink is to apply: an epoch at a time, once that is committed.</summary>
internal abstract class Outbox(string step, bool remembers)
{
    public const string Part = "outbox";

    public const string Format = "the sink's own";

    private readonly Lock _gate = new();
    private ByteChunks _sealed = new();
    private long _sealedEpoch;
    private ByteChunks? _last;
    private long _lastEpoch;

    public string Step { get; } = step;

    /// <summary>Whether the sink knows what it has applied.</summary>
    public bool Remembers { get; } = remembers;

    /// <summary>The number by which epochs refer to it.</summary>
    public int Number { get; set; }

    /// <summary>The last epoch that the sink has applied in this life of the job; 0 if none.</summary>
    public long LastApplied { get; private set; }

    public abstract ValueTask<long> GetLastEpochAsync(CancellationToken cancellationToken);

    public abstract ValueTask ApplyAsync(long epoch, ReadOnlySequence<byte> outbox, CancellationToken cancellationToken);

    /// <summary>The bytes of an epoch are complete.</summary>
    /// <returns>Empty chunks for the next one.</returns>
    public ByteChunks Seal(long epoch, ByteChunks bytes)
    {
        lock (_gate)
        {
            ByteChunks empty = _sealed;
            _sealed = bytes;
            _sealedEpoch = epoch;
            return empty;
        }
    }

    /// <summary>The last bytes, of the epoch after those that were sealed; maybe while that one is being applied.</summary>
    public void SealLast(long epoch, ByteChunks bytes)
    {
        lock (_gate)
        {
            _last = bytes;
            _lastEpoch = epoch;
        }
    }

    /// <summary>Applies an epoch that is committed, if there is something to apply.</summary>
    public async ValueTask ApplyAsync(long epoch, CancellationToken cancellationToken)
    {
        ByteChunks? bytes = Sealed(epoch);
        if (bytes is { Length: > 0 })
        {
            await ApplyAsync(epoch, ByteSegment.Join(bytes.Parts), cancellationToken).ConfigureAwait(false);
            LastApplied = epoch;
        }

        bytes?.Clear();
    }

    /// <summary>Forgets the bytes of an epoch that somebody else has applied.</summary>
    public void Clear(long epoch) => Sealed(epoch)?.Clear();

    private ByteChunks? Sealed(long epoch)
    {
        lock (_gate)
        {
            return _sealedEpoch == epoch ? _sealed : _lastEpoch == epoch ? _last : null;
        }
    }
}
