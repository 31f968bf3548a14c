using IoTStream.Disk;
using IoTStream.Log;

namespace IoTStream.Runtime;

/// <summary>Where a job finds the state that it goes on from: its own log, or a savepoint of another one.</summary>
/// <param name="Base">The epoch from which on replaying gives all of the state.</param>
/// <param name="Last">The epoch that the job goes on from.</param>
/// <param name="Read">Reads epochs from one on.</param>
/// <param name="IsSavepoint">Whether it is a savepoint.</param>
internal sealed record StateOrigin(long Base, long Last, Func<long, IEpochReader> Read, bool IsSavepoint)
{
    /// <summary>Finds it: a log that has an epoch is gone on with, whatever savepoint is given.</summary>
    /// <returns>Null if the job begins without state.</returns>
    /// <exception cref="ArgumentException">The directory is no savepoint.</exception>
    public static StateOrigin? Find(IEpochStore log, IDiskDirectory? savepoint)
    {
        if (log.LastEpoch > 0)
        {
            return new StateOrigin(log.Base, log.LastEpoch, log.Read, IsSavepoint: false);
        }

        if (savepoint is null)
        {
            return null;
        }

        Savepoint found = Savepoint.Open(savepoint);
        return new StateOrigin(found.Base, found.Epoch, from => new EpochReader(savepoint, from), IsSavepoint: true);
    }
}
