using IoTStream.Operators;
using IoTStream.State;

namespace PredictiveMaintenance.Cloud;

/// <summary>Makes a work order of a need, unless one for the same task of the machine is still open.</summary>
internal sealed class Planner : KeyedProcess<string, Need, WorkOrder>
{
    private readonly MapState<string, DateTimeOffset> _open;

    public Planner() => _open = States.Map<string, DateTimeOffset>("open until");

    public override void OnRecord(Need need, KeyedProcessContext<string, WorkOrder> context)
    {
        if (!_open.TryGet(need.Task, out DateTimeOffset until) || need.At > until)
        {
            _open[need.Task] = need.Due;
            context.Emit(new WorkOrder($"{need.Machine}/{need.Task}/{need.At.ToUnixTimeMilliseconds()}", need.Machine, need.Task, need.Due, need.Reason));
        }
    }
}

/// <summary>A reason to see to a machine.</summary>
internal sealed record Need(string Machine, DateTimeOffset At, string Task, DateTimeOffset Due, string Reason);
