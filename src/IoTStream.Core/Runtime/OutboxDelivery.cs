using System.Buffers;
using IoTStream.Log;

namespace IoTStream.Runtime;

/// <summary>Gives sinks what an earlier life of the job committed for them, but did not get to apply.</summary>
internal sealed class OutboxDelivery(IEpochStore log, StoredEpoch stored)
{
    public async Task RunAsync(Outbox outbox, CancellationToken cancellationToken)
    {
        // No epoch begins before the one before it has been applied, so that what a sink does not know of can only be the last.
        long applied = outbox.Remembers ? await outbox.GetLastEpochAsync(cancellationToken).ConfigureAwait(false) : log.LastEpoch - 1;
        if (applied > log.LastEpoch)
        {
            throw new StateMismatchException(
                $"The sink '{outbox.Step}' has applied epoch {applied}, but the epoch log ends at epoch {log.LastEpoch}: the log is an older copy. Start with the log that " +
                "was in use, or give the sink a new target.");
        }

        if (applied + 1 < log.FirstEpoch)
        {
            CheckForLoss(outbox, applied);
        }

        for (long epoch = Math.Max(applied + 1, log.FirstEpoch); epoch <= log.LastEpoch; epoch++)
        {
            List<ReadOnlyMemory<byte>> parts = Read(outbox.Step, epoch);
            if (parts.Count > 0)
            {
                await outbox.ApplyAsync(epoch, ByteSegment.Join(parts), cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private List<ReadOnlyMemory<byte>> Read(string step, long number)
    {
        using IEpochReader reader = log.Read(number);
        if (!reader.TryRead(out Epoch epoch))
        {
            return [];
        }

        List<ReadOnlyMemory<byte>> parts = [];
        int table = Find(epoch, step, Outbox.Part);
        foreach (EpochSection section in epoch)
        {
            if (section.Kind == SectionKind.Outbox && section.Table == table)
            {
                foreach (EpochEntry entry in section)
                {
                    parts.Add(entry.Value.ToArray());
                }
            }
        }

        return parts;
    }

    /// <summary>Epochs that the sink has not applied are gone from the log: that is so in good order only if they had nothing for it.</summary>
    private void CheckForLoss(Outbox outbox, long applied)
    {
        using IEpochReader reader = log.Read(log.FirstEpoch);
        if (!reader.TryRead(out Epoch epoch))
        {
            return;
        }

        int table = Find(epoch, outbox.Step, OutboxUse.Part);
        foreach (EpochSection section in epoch)
        {
            if (section.Kind != SectionKind.Positions || section.Table != table)
            {
                continue;
            }

            foreach (EpochEntry entry in section)
            {
                (long last, long before) = OutboxUse.Read(entry.Value);
                if ((last < log.FirstEpoch ? last : before) > applied)
                {
                    throw new StateMismatchException(
                        $"The sink '{outbox.Step}' has applied epoch {applied}, but the epoch log begins with epoch {log.FirstEpoch}, and there were epochs for the sink " +
                        "between them: the sink's target is an older copy. Restore it as it was, or give the sink a new target.");
                }
            }
        }
    }

    /// <summary>The number that a part of the sink has in an epoch; what was given up since does not count.</summary>
    private int Find(in Epoch epoch, string step, string part)
    {
        string? name = stored.Find(step, part)?.Name.ToString();
        return epoch.ReadTables()
            .Where(table => string.Equals(table.Name, name, StringComparison.Ordinal))
            .Select(static table => table.Number)
            .DefaultIfEmpty(-1)
            .First();
    }
}
