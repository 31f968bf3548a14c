using System.Diagnostics;

namespace IoTStream.Runtime;

/// <summary>Traces of a job's life: one activity for the whole, and one each for opening and stopping.</summary>
internal static class JobTracing
{
    public const string SourceName = "IoTStream";

    private static readonly ActivitySource Source = new(SourceName, typeof(JobTracing).Assembly.GetName().Version?.ToString());

    /// <summary>Starts an activity under <paramref name="parent"/> without making it the caller's current one: a job outlives the call that starts it.</summary>
    public static Activity? Start(string name, string topology, Activity? parent = null)
    {
        Activity? current = Activity.Current;
        Activity? activity = Source.StartActivity(
            name, ActivityKind.Internal, parent?.Context ?? current?.Context ?? default, [new("iotstream.topology", topology)]);
        Activity.Current = current;
        return activity;
    }

    public static void Fail(Activity? activity, Exception exception)
    {
        activity?.SetStatus(ActivityStatusCode.Error, exception.Message);
        activity?.AddException(exception);
    }
}
