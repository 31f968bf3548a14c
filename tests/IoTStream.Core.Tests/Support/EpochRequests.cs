using IoTStream.Runtime;

namespace IoTStream.Core.Tests.Support;

/// <summary>Asks a job for epochs at random moments, in every other run: what the job does must not depend on it.</summary>
internal sealed class EpochRequests(JobProgram program, Random random)
{
    private readonly List<Task<CompletedEpoch>> _requested = [];
    private int _left = random.Next(2) == 0 ? 0 : random.Next(1, 12);

    public void AskNowAndThen()
    {
        if (_left > 0 && random.Next(12) == 0)
        {
            _left--;
            _requested.Add(program.Epochs.RequestAsync());
        }
    }

    /// <summary>The job has ended.</summary>
    public void ShouldBeComplete() =>
        _requested.TrueForAll(epoch => epoch.IsCompletedSuccessfully).Should().BeTrue("an epoch is complete when its job has ended, if not before");
}
